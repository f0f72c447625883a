using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>The bounds that a footer's statistics state.</summary>
internal static class StatisticValue
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    /// <summary>A bound as the type's value; null where the file holds a type that it is not simply widened from, or the bytes are no value.</summary>
    public static object? Of(byte[]? bytes, FileNode leaf, PrimitiveType type)
    {
        var physical = leaf.Element.Type;
        try
        {
            return (type.Kind, physical, bytes) switch
            {
                (_, _, null) => null,
                (PrimitiveKind.Boolean, PhysicalKind.Boolean, [var truth]) => truth != 0,
                (PrimitiveKind.Int, PhysicalKind.Int32, { Length: 4 }) when leaf.Annotation.Meaning == Meaning.None => BinaryPrimitives.ReadInt32LittleEndian(bytes),
                (PrimitiveKind.Date, PhysicalKind.Int32, { Length: 4 }) when leaf.Annotation.Meaning == Meaning.Date => BinaryPrimitives.ReadInt32LittleEndian(bytes),
                (PrimitiveKind.Long, PhysicalKind.Int64, { Length: 8 }) when leaf.Annotation.Meaning == Meaning.None => BinaryPrimitives.ReadInt64LittleEndian(bytes),
                (PrimitiveKind.Long, PhysicalKind.Int32, { Length: 4 }) when leaf.Annotation.Meaning == Meaning.None => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
                (PrimitiveKind.Double, PhysicalKind.Float, { Length: 4 }) when BinaryPrimitives.ReadSingleLittleEndian(bytes) is var narrow and not float.NaN => (double)narrow,
                (PrimitiveKind.Time, PhysicalKind.Int64, { Length: 8 }) when leaf.Annotation is { Meaning: Meaning.Time, PerSecond: 1_000_000 } => BinaryPrimitives.ReadInt64LittleEndian(bytes),
                (PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz, PhysicalKind.Int64, { Length: 8 }) when leaf.Annotation is { Meaning: Meaning.Timestamp, PerSecond: 1_000_000 } => BinaryPrimitives.ReadInt64LittleEndian(bytes),
                (PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs, PhysicalKind.Int64, { Length: 8 }) when leaf.Annotation is { Meaning: Meaning.Timestamp, PerSecond: 1_000_000_000 } => BinaryPrimitives.ReadInt64LittleEndian(bytes),
                (PrimitiveKind.Float, PhysicalKind.Float, { Length: 4 }) when BinaryPrimitives.ReadSingleLittleEndian(bytes) is var f and not float.NaN => f,
                (PrimitiveKind.Double, PhysicalKind.Double, { Length: 8 }) when BinaryPrimitives.ReadDoubleLittleEndian(bytes) is var d and not double.NaN => d,
                (PrimitiveKind.Decimal, _, _) when leaf.Annotation.Meaning == Meaning.Decimal && leaf.Annotation.Scale == type.Scale =>
                    new BigInteger(bytes, isUnsigned: false, isBigEndian: physical is PhysicalKind.ByteArray or PhysicalKind.FixedLenByteArray),
                (PrimitiveKind.String, PhysicalKind.ByteArray, _) => StrictUtf8.GetString(bytes),
                (PrimitiveKind.Binary, PhysicalKind.ByteArray, _) => bytes,
                (PrimitiveKind.Fixed, PhysicalKind.FixedLenByteArray, _) when bytes.Length == type.Length => bytes,
                (PrimitiveKind.Uuid, PhysicalKind.FixedLenByteArray, { Length: 16 }) => new Guid(bytes, bigEndian: true),
                _ => null,
            };
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
