using System.Numerics;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>How a primitive type lies in Parquet; <paramref name="Length"/> is in bytes, of fixed-length values only.</summary>
internal readonly record struct PhysicalType(PhysicalKind Kind, int Length = 0)
{
    public static PhysicalType Of(PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Boolean => new(PhysicalKind.Boolean),
        PrimitiveKind.Int or PrimitiveKind.Date => new(PhysicalKind.Int32),
        PrimitiveKind.Float => new(PhysicalKind.Float),
        PrimitiveKind.Double => new(PhysicalKind.Double),
        PrimitiveKind.Decimal when type.Precision <= 9 => new(PhysicalKind.Int32),
        PrimitiveKind.Decimal when type.Precision <= 18 => new(PhysicalKind.Int64),
        PrimitiveKind.Decimal => new(PhysicalKind.FixedLenByteArray, DecimalLength(type.Precision)),
        PrimitiveKind.Uuid => new(PhysicalKind.FixedLenByteArray, 16),
        PrimitiveKind.Fixed => new(PhysicalKind.FixedLenByteArray, type.Length),
        PrimitiveKind.String or PrimitiveKind.Binary => new(PhysicalKind.ByteArray),
        _ => new(PhysicalKind.Int64),
    };

    /// <summary>The fewest bytes that hold every value of a precision in two's complement.</summary>
    private static int DecimalLength(int precision) => (int)((BigInteger.Pow(10, precision) - 1).GetBitLength() / 8) + 1;
}
