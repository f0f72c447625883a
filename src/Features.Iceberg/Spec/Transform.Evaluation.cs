using System.Diagnostics;

namespace Features.Iceberg.Spec;

public sealed partial record Transform
{
    /// <summary>The type of the transformed value; a source that the transform does not take is refused.</summary>
    /// <exception cref="InvalidTableArgumentException">The transform does not take this type.</exception>
    public PrimitiveType ResultType(IcebergType source) => throw new UnreachableException(Kind.ToString());

    /// <summary>The transformed value of one value of type <paramref name="source"/>, both as <see cref="SingleValue"/> represents them; null of null.</summary>
    /// <exception cref="UnsupportedFeatureException">The transform is unknown.</exception>
    public object? Apply(object? value, PrimitiveType source) => throw new UnreachableException(Kind.ToString());
}
