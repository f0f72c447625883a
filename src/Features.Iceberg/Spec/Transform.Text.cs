using System.Diagnostics;

namespace Features.Iceberg.Spec;

public sealed partial record Transform
{
    /// <summary>The identity transform.</summary>
    public static Transform Identity { get; } = new(TransformKind.Identity);

    /// <summary>Reads <c>identity</c>, <c>bucket[16]</c>, <c>truncate[4]</c>, <c>year</c>, <c>month</c>, <c>day</c>, <c>hour</c> (also in the plural) or <c>void</c>; anything else becomes an unknown transform that is written back as it was.</summary>
    public static Transform Parse(string text) => throw new UnreachableException();

    /// <summary>The written form, as metadata holds it.</summary>
    public override string ToString() => throw new UnreachableException(Kind.ToString());

    /// <summary>A transformed value for people and paths, such as <c>2001-01-01</c> for a day; <c>null</c> for null. Not encoded.</summary>
    /// <param name="value">The transformed value.</param>
    /// <param name="source">The type of the source column.</param>
    public string ToHumanString(object? value, PrimitiveType source) => throw new UnreachableException(Kind.ToString());
}
