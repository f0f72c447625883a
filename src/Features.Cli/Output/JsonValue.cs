using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace Features.Cli.Output;

/// <summary>
/// Arrow values as JSON: integers with all their digits; decimals, dates, times and timestamps as strings (plain decimal, ISO 8601);
/// binary as lower-case hex, UUIDs in their usual form; NaN and infinities as strings; structs and maps as objects; JSON as the value that it is.
/// </summary>
internal static class JsonValue
{
    private const int DeepestJson = 900;

    public static void Write(Utf8JsonWriter json, IArrowArray array, int row, Field field)
    {
        if (array.IsNull(row))
        {
            json.WriteNullValue();
            return;
        }

        switch (array)
        {
            case BooleanArray a: json.WriteBooleanValue(a.GetValue(row)!.Value); break;
            case Int8Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case Int16Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case Int32Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case Int64Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case UInt8Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case UInt16Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case UInt32Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case UInt64Array a: json.WriteNumberValue(a.GetValue(row)!.Value); break;
            case FloatArray a: WriteFloating(json, a.GetValue(row)!.Value); break;
            case DoubleArray a: WriteFloating(json, a.GetValue(row)!.Value); break;
            case HalfFloatArray a: WriteFloating(json, a.GetValue(row)!.Value); break;
            case FixedSizeListArray a: WriteFixedList(json, a, row); break;
            case Decimal128Array a when IsInteger(field): json.WriteRawValue(Plain(a, row)); break;
            case StringArray a when IsJson(field): WriteJson(json, a.GetString(row)); break;
            case StructArray a: WriteStruct(json, a, row); break;
            case MapArray a: WriteMap(json, a, row); break;
            case ListArray a: WriteList(json, a, row); break;
            default: json.WriteStringValue(Text(array, row, field)); break;
        }
    }

    /// <summary>The value as plain text; null for a null. Nested values as JSON.</summary>
    public static string? Text(IArrowArray array, int row, Field field)
    {
        if (array.IsNull(row))
        {
            return null;
        }

        return array switch
        {
            StringArray a => a.GetString(row),
            Decimal128Array a => Plain(a, row),
            Date32Array a => DateOnly.FromDayNumber(a.GetValue(row)!.Value + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Time64Array a => Time(a.GetValue(row)!.Value, ((Time64Type)a.Data.DataType).Unit),
            TimestampArray a => Timestamp(a.GetValue(row)!.Value, (TimestampType)a.Data.DataType),
            FixedSizeBinaryArray a when IsUuid(field) => new Guid(a.GetBytes(row), bigEndian: true).ToString(),
            FixedSizeBinaryArray a => Convert.ToHexStringLower(a.GetBytes(row)),
            BinaryArray a => Convert.ToHexStringLower(a.GetBytes(row)),
            NullArray => null,
            _ => AsJson(array, row, field),
        };
    }

    private static string AsJson(IArrowArray array, int row, Field field)
    {
        if (array is not (BooleanArray or Int8Array or Int16Array or Int32Array or Int64Array or UInt8Array or UInt16Array or UInt32Array or UInt64Array
            or FloatArray or DoubleArray or HalfFloatArray or StructArray or ListArray or FixedSizeListArray))
        {
            throw new CliException("unsupported-type", $"column '{field.Name}' of type {field.DataType.Name} cannot be printed; leave it out with --select");
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonText.Relaxed))
        {
            Write(json, array, row, field);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length).Trim('"');
    }

    private static void WriteFloating<T>(Utf8JsonWriter json, T value)
        where T : struct, System.Numerics.IFloatingPointIeee754<T>
    {
        if (T.IsFinite(value))
        {
            json.WriteRawValue(value.ToString("R", CultureInfo.InvariantCulture));
        }
        else
        {
            json.WriteStringValue(T.IsNaN(value) ? "NaN" : T.IsPositive(value) ? "Infinity" : "-Infinity");
        }
    }

    private static void WriteStruct(Utf8JsonWriter json, StructArray array, int row)
    {
        var fields = ((StructType)array.Data.DataType).Fields;
        json.WriteStartObject();
        for (var i = 0; i < fields.Count; i++)
        {
            json.WritePropertyName(fields[i].Name);
            Write(json, array.Fields[i], row + (array.Fields[i].Length == array.Length ? 0 : array.Offset), fields[i]);
        }

        json.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter json, MapArray array, int row)
    {
        var type = (MapType)array.Data.DataType;
        json.WriteStartObject();
        for (var i = array.ValueOffsets[row]; i < array.ValueOffsets[row + 1]; i++)
        {
            json.WritePropertyName(Text(array.Keys, i, type.KeyField) ?? "null");
            Write(json, array.Values, i, type.ValueField);
        }

        json.WriteEndObject();
    }

    private static void WriteFixedList(Utf8JsonWriter json, FixedSizeListArray array, int row)
    {
        var type = (FixedSizeListType)array.Data.DataType;
        json.WriteStartArray();
        for (var i = 0; i < type.ListSize; i++)
        {
            Write(json, array.Values, ((array.Offset + row) * type.ListSize) + i, type.ValueField);
        }

        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, ListArray array, int row)
    {
        var element = ((ListType)array.Data.DataType).ValueField;
        json.WriteStartArray();
        for (var i = array.ValueOffsets[row]; i < array.ValueOffsets[row + 1]; i++)
        {
            Write(json, array.Values, i, element);
        }

        json.WriteEndArray();
    }

    // Written anew, so that a row stays on its line.
    private static void WriteJson(Utf8JsonWriter json, string text)
    {
        try
        {
            using var value = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = DeepestJson });
            value.RootElement.WriteTo(json);
        }
        catch (JsonException)
        {
            // The engine takes more for JSON than the standard does, such as NaN.
            json.WriteStringValue(text);
        }
    }

    private static bool IsJson(Field field) =>
        field.HasMetadata && field.Metadata.TryGetValue("ARROW:extension:name", out var name) && name == "arrow.json";

    private static bool IsUuid(Field field) =>
        field.HasMetadata && field.Metadata.TryGetValue("ARROW:extension:name", out var name) && name == "arrow.uuid";

    // An integer of 128 bits, such as the sum of a column of integers.
    private static bool IsInteger(Field field) => field.HasMetadata && field.Metadata.ContainsKey("features.integer");

    // By hand: .NET's decimals end before 39 digits.
    private static string Plain(Decimal128Array array, int row)
    {
        var unscaled = MemoryMarshal.Read<Int128>(array.ValueBuffer.Span[((array.Offset + row) * 16)..]);
        if (array.Scale <= 0)
        {
            return unscaled.ToString(CultureInfo.InvariantCulture);
        }

        var digits = unscaled.ToString(CultureInfo.InvariantCulture).TrimStart('-').PadLeft(array.Scale + 1, '0');
        return $"{(unscaled < 0 ? "-" : "")}{digits[..^array.Scale]}.{digits[^array.Scale..]}";
    }

    private static string Time(long value, TimeUnit unit)
    {
        var perSecond = PerSecond(unit);
        var seconds = value / perSecond;
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}{Fraction(value % perSecond, perSecond)}");
    }

    private static string Timestamp(long value, TimestampType type)
    {
        var perSecond = PerSecond(type.Unit);
        var seconds = Math.DivRem(value, perSecond, out var fraction);
        if (fraction < 0)
        {
            seconds--;
            fraction += perSecond;
        }

        var text = DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return text + Fraction(fraction, perSecond) + (string.IsNullOrEmpty(type.Timezone) ? "" : "Z");
    }

    private static string Fraction(long fraction, long perSecond) =>
        fraction == 0 ? "" : "." + fraction.ToString(CultureInfo.InvariantCulture).PadLeft(perSecond.ToString(CultureInfo.InvariantCulture).Length - 1, '0');

    private static long PerSecond(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1,
        TimeUnit.Millisecond => 1_000,
        TimeUnit.Microsecond => 1_000_000,
        _ => 1_000_000_000,
    };
}
