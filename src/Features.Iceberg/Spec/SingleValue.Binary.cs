using System.Diagnostics;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    /// <summary>The binary form of a value, as bounds and partition summaries hold it (Appendix D).</summary>
    public static byte[] ToBinary(object value, PrimitiveType type) => throw new UnreachableException();

    /// <summary>Reads the binary form. A value written before its column was promoted is recognised by its length and widened.</summary>
    /// <exception cref="FormatException">The bytes cannot be a value of the type.</exception>
    public static object FromBinary(ReadOnlySpan<byte> bytes, PrimitiveType type) => throw new UnreachableException();
}
