using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The binary form of a value, as bounds and partition summaries hold it (Appendix D).</summary>
    /// <exception cref="FormatException">The type has no binary form, or the value is not of the type.</exception>
    public static byte[] ToBinary(object value, PrimitiveType type)
    {
        byte[] bytes;
        switch (type.Kind, value)
        {
            case (PrimitiveKind.Boolean, bool b):
                return [b ? (byte)1 : (byte)0];
            case (PrimitiveKind.Int or PrimitiveKind.Date, int i):
                bytes = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(bytes, i);
                return bytes;
            case (PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs, long l):
                bytes = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, l);
                return bytes;
            case (PrimitiveKind.Float, float f):
                bytes = new byte[4];
                BinaryPrimitives.WriteSingleLittleEndian(bytes, f);
                return bytes;
            case (PrimitiveKind.Double, double d):
                bytes = new byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, d);
                return bytes;
            case (PrimitiveKind.Decimal, BigInteger unscaled):
                return unscaled.ToByteArray(isUnsigned: false, isBigEndian: true);
            case (PrimitiveKind.String, string s):
                return StrictUtf8.GetBytes(s);
            case (PrimitiveKind.Uuid, Guid g):
                return g.ToByteArray(bigEndian: true);
            case (PrimitiveKind.Fixed or PrimitiveKind.Binary, byte[] b):
                return b;
            default:
                throw new FormatException($"a value of {value.GetType().Name} has no binary form as {SchemaJson.NameOf(type)}");
        }
    }

    /// <summary>Reads the binary form. A value written before its column was promoted is recognised by its length and widened.</summary>
    /// <exception cref="FormatException">The bytes cannot be a value of the type.</exception>
    public static object FromBinary(ReadOnlySpan<byte> bytes, PrimitiveType type)
    {
        switch (type.Kind, bytes.Length)
        {
            case (PrimitiveKind.Boolean, 1):
                return bytes[0] != 0;
            case (PrimitiveKind.Int or PrimitiveKind.Date, 4):
                return BinaryPrimitives.ReadInt32LittleEndian(bytes);
            case (PrimitiveKind.Long, 4):
                return (long)BinaryPrimitives.ReadInt32LittleEndian(bytes);
            // v3 promotes date to timestamp and timestamp_ns.
            case (PrimitiveKind.Timestamp, 4):
                return BinaryPrimitives.ReadInt32LittleEndian(bytes) * MicrosPerDay;
            case (PrimitiveKind.TimestampNs, 4):
                return BinaryPrimitives.ReadInt32LittleEndian(bytes) * MicrosPerDay * 1000;
            case (PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs, 8):
                return BinaryPrimitives.ReadInt64LittleEndian(bytes);
            case (PrimitiveKind.Float, 4):
                return BinaryPrimitives.ReadSingleLittleEndian(bytes);
            case (PrimitiveKind.Double, 4):
                return (double)BinaryPrimitives.ReadSingleLittleEndian(bytes);
            case (PrimitiveKind.Double, 8):
                return BinaryPrimitives.ReadDoubleLittleEndian(bytes);
            case (PrimitiveKind.Decimal, >= 1 and <= 32):
                return new BigInteger(bytes, isUnsigned: false, isBigEndian: true);
            case (PrimitiveKind.Uuid, 16):
                return new Guid(bytes, bigEndian: true);
            case (PrimitiveKind.Fixed, var length) when length == type.Length:
                return bytes.ToArray();
            case (PrimitiveKind.Binary, _):
                return bytes.ToArray();
            case (PrimitiveKind.String, _):
                try
                {
                    return StrictUtf8.GetString(bytes);
                }
                catch (DecoderFallbackException e)
                {
                    throw new FormatException("the bytes are not UTF-8", e);
                }

            default:
                throw new FormatException($"{bytes.Length} bytes cannot be a value of {SchemaJson.NameOf(type)}");
        }
    }

    private const long MicrosPerDay = 86_400_000_000;
}
