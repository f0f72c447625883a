using System.Numerics;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Manifests;

/// <summary>Partition values in Avro: each Iceberg type's own Avro type (Appendix A), and what older writers and promoted columns left.</summary>
internal static class PartitionValue
{
    /// <summary>A getter of a partition field's values, fitted to the writer's type.</summary>
    public static Func<AvroSchema, AvroGetter> Getter(PrimitiveType type) => schema => type.Kind switch
    {
        PrimitiveKind.Boolean => AvroGetters.Boolean(schema),
        PrimitiveKind.Int or PrimitiveKind.Date => AvroGetters.Int(schema),
        PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => AvroGetters.Long(schema),
        PrimitiveKind.Float => Float(schema),
        PrimitiveKind.Double => Double(schema),
        PrimitiveKind.String => AvroGetters.String(schema),
        PrimitiveKind.Uuid => Uuid(schema),
        PrimitiveKind.Decimal or PrimitiveKind.Fixed or PrimitiveKind.Binary => FromBytes(AvroGetters.Bytes(schema), type),
        _ => AsWritten(schema),
    };

    /// <summary>Writes a value as the type's Avro type.</summary>
    public static void Write(AvroWriter writer, object value, PrimitiveType type)
    {
        switch (type.Kind, value)
        {
            case (PrimitiveKind.Boolean, bool b):
                writer.WriteBoolean(b);
                break;
            case (PrimitiveKind.Int or PrimitiveKind.Date, int i):
                writer.WriteLong(i);
                break;
            case (PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs, long l):
                writer.WriteLong(l);
                break;
            case (PrimitiveKind.Float, float f):
                writer.WriteFloat(f);
                break;
            case (PrimitiveKind.Double, double d):
                writer.WriteDouble(d);
                break;
            case (PrimitiveKind.String, string s):
                writer.WriteString(s);
                break;
            case (PrimitiveKind.Uuid, Guid g):
                writer.WriteFixed(g.ToByteArray(bigEndian: true));
                break;
            case (PrimitiveKind.Fixed, byte[] bytes) when bytes.Length == type.Length:
                writer.WriteFixed(bytes);
                break;
            case (PrimitiveKind.Binary, byte[] bytes):
                writer.WriteBytes(bytes);
                break;
            case (PrimitiveKind.Decimal, BigInteger unscaled) when BigInteger.Abs(unscaled) < BigInteger.Pow(10, type.Precision):
                Span<byte> digits = stackalloc byte[DecimalBytes(type.Precision)];
                digits.Fill(unscaled.Sign < 0 ? (byte)0xFF : (byte)0);
                var bare = unscaled.ToByteArray(isUnsigned: false, isBigEndian: true);
                bare.CopyTo(digits[^bare.Length..]);
                writer.WriteFixed(digits);
                break;
            default:
                throw new InvalidTableArgumentException($"'{value}' ({value.GetType().Name}) is no partition value of type {SchemaJson.NameOf(type)}");
        }
    }

    /// <summary>A value under another schema of the table, which has the column before or after it was widened. False if the type cannot hold it.</summary>
    public static bool TryAs(object? value, PrimitiveType type, out object? converted)
    {
        converted = (value, type.Kind) switch
        {
            (int i, PrimitiveKind.Long) => (long)i,
            (long l and >= int.MinValue and <= int.MaxValue, PrimitiveKind.Int) => (int)l,
            (float f, PrimitiveKind.Double) => (double)f,
            (double d, PrimitiveKind.Float) when double.IsNaN(d) || (float)d == d => (float)d,
            _ => value,
        };
        return converted is null || type.Kind switch
        {
            PrimitiveKind.Int or PrimitiveKind.Date => converted is int,
            PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => converted is long,
            PrimitiveKind.Float => converted is float,
            PrimitiveKind.Double => converted is double,
            _ => true,
        };
    }

    /// <summary>The fewest bytes that hold every unscaled value of a precision, in two's complement.</summary>
    public static int DecimalBytes(int precision) => (BigInteger.Pow(10, precision) - 1).GetByteCount(isUnsigned: false);

    private static AvroGetter Float(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.Float } => static (ref reader) => reader.ReadFloat(),
        _ => AvroGetters.Optional(schema, Float, "a float"),
    };

    private static AvroGetter Double(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.Double } => static (ref reader) => reader.ReadDouble(),
        AvroPrimitive { Kind: AvroKind.Float } => static (ref reader) => (double)reader.ReadFloat(),
        _ => AvroGetters.Optional(schema, Double, "a double"),
    };

    private static AvroGetter Uuid(AvroSchema schema)
    {
        if (schema is AvroPrimitive { Kind: AvroKind.String })
        {
            return static (ref reader) => Guid.Parse(reader.ReadString());
        }

        return FromBytes(AvroGetters.Bytes(schema), new PrimitiveType(PrimitiveKind.Uuid));
    }

    private static AvroGetter FromBytes(AvroGetter bytes, PrimitiveType type) =>
        (ref reader) => bytes(ref reader) is byte[] value ? SingleValue.FromBinary(value, type) : null;

    // The source column or the transform is not known: the value is kept as the writer's type has it.
    private static AvroGetter AsWritten(AvroSchema schema) => schema switch
    {
        AvroPrimitive { Kind: AvroKind.Boolean } => AvroGetters.Boolean(schema),
        AvroPrimitive { Kind: AvroKind.Int } => AvroGetters.Int(schema),
        AvroPrimitive { Kind: AvroKind.Long } => AvroGetters.Long(schema),
        AvroPrimitive { Kind: AvroKind.Float } => Float(schema),
        AvroPrimitive { Kind: AvroKind.Double } => Double(schema),
        AvroPrimitive { Kind: AvroKind.String } or AvroEnum => AvroGetters.String(schema),
        AvroPrimitive { Kind: AvroKind.Bytes } or AvroFixed => AvroGetters.Bytes(schema),
        _ => AvroGetters.Optional(schema, AsWritten, "a primitive type"),
    };
}
