using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Features.Iceberg.DataFiles.Variants;

/// <summary>Variants (type <c>variant</c>), which Arrow carries as a struct of <c>metadata</c> and <c>value</c>, both binary in Parquet's variant encoding.</summary>
public static class VariantValue
{
    private const int DeepestNesting = 100;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The variant as JSON; what JSON has no type for is text: dates and times in ISO 8601 (those of a zone in UTC), UUIDs, binary in base64, NaN and infinities.</summary>
    /// <exception cref="InvalidDataException">The bytes are no variant.</exception>
    public static string ToJson(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> value)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, Relaxed))
        {
            WriteJson(json, metadata, value);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <inheritdoc cref="ToJson"/>
    public static void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> value) => Write(json, new VariantMetadata(metadata), value, 0);

    private static void Write(Utf8JsonWriter json, VariantMetadata metadata, ReadOnlySpan<byte> value, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new InvalidDataException($"a variant is nested more than {DeepestNesting} deep");
        }

        switch (VariantLayout.TypeOf(value))
        {
            case VariantBasicType.Object:
                var fields = new VariantLayout(value);
                json.WriteStartObject();
                for (var i = 0; i < fields.Count; i++)
                {
                    json.WritePropertyName(metadata.Utf8(fields.FieldId(i)));
                    Write(json, metadata, fields.Element(i), depth + 1);
                }

                json.WriteEndObject();
                break;
            case VariantBasicType.Array:
                var elements = new VariantLayout(value);
                json.WriteStartArray();
                for (var i = 0; i < elements.Count; i++)
                {
                    Write(json, metadata, elements.Element(i), depth + 1);
                }

                json.WriteEndArray();
                break;
            case VariantBasicType.ShortString:
                json.WriteStringValue(Take(value[1..], value[0] >> 2));
                break;
            default:
                WritePrimitive(json, (VariantPrimitive)(value[0] >> 2), value[1..]);
                break;
        }
    }

    private static void WritePrimitive(Utf8JsonWriter json, VariantPrimitive type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case VariantPrimitive.Null:
                json.WriteNullValue();
                break;
            case VariantPrimitive.True or VariantPrimitive.False:
                json.WriteBooleanValue(type == VariantPrimitive.True);
                break;
            case VariantPrimitive.Int8:
                json.WriteNumberValue((sbyte)Take(data, 1)[0]);
                break;
            case VariantPrimitive.Int16:
                json.WriteNumberValue(BinaryPrimitives.ReadInt16LittleEndian(Take(data, 2)));
                break;
            case VariantPrimitive.Int32:
                json.WriteNumberValue(BinaryPrimitives.ReadInt32LittleEndian(Take(data, 4)));
                break;
            case VariantPrimitive.Int64:
                json.WriteNumberValue(Long(data));
                break;
            case VariantPrimitive.Float:
                Floating(json, BinaryPrimitives.ReadSingleLittleEndian(Take(data, 4)));
                break;
            case VariantPrimitive.Double:
                Floating(json, BinaryPrimitives.ReadDoubleLittleEndian(Take(data, 8)));
                break;
            case VariantPrimitive.Decimal4 or VariantPrimitive.Decimal8 or VariantPrimitive.Decimal16:
                var width = type == VariantPrimitive.Decimal4 ? 4 : type == VariantPrimitive.Decimal8 ? 8 : 16;
                json.WriteRawValue(Decimal(new BigInteger(Take(data[1..], width)), data[0]));
                break;
            case VariantPrimitive.Date:
                json.WriteStringValue(Day(BinaryPrimitives.ReadInt32LittleEndian(Take(data, 4))));
                break;
            case VariantPrimitive.Time:
                json.WriteStringValue(Clock(Long(data), 1_000_000));
                break;
            case VariantPrimitive.Timestamp or VariantPrimitive.TimestampTz:
                json.WriteStringValue(Instant(Long(data), 1_000_000, type == VariantPrimitive.TimestampTz));
                break;
            case VariantPrimitive.TimestampNanos or VariantPrimitive.TimestampTzNanos:
                json.WriteStringValue(Instant(Long(data), 1_000_000_000, type == VariantPrimitive.TimestampTzNanos));
                break;
            case VariantPrimitive.Binary:
                json.WriteBase64StringValue(Take(data[4..], VariantLayout.Number(data, 0, 4)));
                break;
            case VariantPrimitive.String:
                json.WriteStringValue(Take(data[4..], VariantLayout.Number(data, 0, 4)));
                break;
            case VariantPrimitive.Uuid:
                json.WriteStringValue(new Guid(Take(data, 16), bigEndian: true));
                break;
            default:
                throw new InvalidDataException($"a variant has the unknown type {(int)type}");
        }
    }

    private static long Long(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadInt64LittleEndian(Take(data, 8));

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> data, int count) => count <= data.Length ? data[..count] : throw new InvalidDataException("a variant is cut off");

    private static void Floating(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Floating(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            Floating(json, (double)value);
        }
    }

    private static string Decimal(BigInteger unscaled, int scale)
    {
        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        return $"{(unscaled.Sign < 0 ? "-" : "")}{digits[..^scale]}{(scale > 0 ? "." : "")}{digits[^scale..]}";
    }

    private static string Instant(long value, long perSecond, bool isUtc)
    {
        var (day, rest) = Math.DivRem(value, 86_400 * perSecond);
        (day, rest) = rest < 0 ? (day - 1, rest + (86_400 * perSecond)) : (day, rest);
        return $"{Day(day)}T{Clock(rest, perSecond)}{(isUtc ? "+00:00" : "")}";
    }

    // Days beyond the runtime's calendar are told as a number of days.
    private static string Day(long day) => day is > -719_163 and < 2_932_897
        ? DateOnly.FromDayNumber((int)day + 719_162).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"1970-01-01{day:+0;-0}d");

    private static string Clock(long value, long perSecond)
    {
        var (second, fraction) = Math.DivRem(value, perSecond);
        var digits = fraction.ToString(perSecond == 1_000_000 ? "D6" : "D9", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{second / 3600:D2}:{second / 60 % 60:D2}:{second % 60:D2}.{digits}");
    }
}
