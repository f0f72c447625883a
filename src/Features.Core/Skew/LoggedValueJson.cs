using System.Globalization;
using System.Text.Json;
using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>
/// Values as JSON that gives them back as they were: null, booleans, texts and lists as they are in JSON; a number with a point or an exponent is a float, one without an integer; all else is an object whose one key says
/// what it is.
/// </summary>
internal static class LoggedValueJson
{
    public static void Write(Utf8JsonWriter json, FeatureValue value)
    {
        switch (value.Kind)
        {
            case FeatureValueKind.Null:
                json.WriteNullValue();
                break;
            case FeatureValueKind.Boolean:
                json.WriteBooleanValue(value.AsBoolean());
                break;
            case FeatureValueKind.Integer:
                json.WriteNumberValue(value.AsInteger());
                break;
            case FeatureValueKind.Text:
                json.WriteStringValue(value.AsText());
                break;
            case FeatureValueKind.Float when double.IsFinite(value.AsFloat()):
                var text = value.ToString();
                json.WriteRawValue(text.AsSpan().ContainsAny('.', 'E') ? text : $"{text}.0", skipInputValidation: true);
                break;
            case FeatureValueKind.List:
                json.WriteStartArray();
                foreach (var element in value.AsList())
                {
                    Write(json, element);
                }

                json.WriteEndArray();
                break;
            default:
                WriteTagged(json, value);
                break;
        }
    }

    /// <exception cref="FormatException">It is no value.</exception>
    public static FeatureValue Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => FeatureValue.Null,
        JsonValueKind.True => FeatureValue.Of(true),
        JsonValueKind.False => FeatureValue.Of(false),
        JsonValueKind.String => FeatureValue.Of(json.GetString()),
        JsonValueKind.Number => json.GetRawText().AsSpan().ContainsAny('.', 'E', 'e') ? FeatureValue.Of(json.GetDouble()) : FeatureValue.Of(json.GetInt64()),
        JsonValueKind.Array => FeatureValue.OfList([.. json.EnumerateArray().Select(Read)]),
        _ => ReadTagged(json),
    };

    private static void WriteTagged(Utf8JsonWriter json, FeatureValue value)
    {
        json.WriteStartObject();
        switch (value.Kind)
        {
            case FeatureValueKind.Date:
                json.WriteNumber("days"u8, value.AsDays());
                break;
            case FeatureValueKind.Timestamp:
                json.WriteNumber("micros"u8, value.AsMicros());
                break;
            case FeatureValueKind.Decimal:
                json.WriteString("decimal"u8, value.ToString());
                break;
            case FeatureValueKind.Binary:
                json.WriteBase64String("bytes"u8, value.AsBinary());
                break;
            case FeatureValueKind.Uuid:
                json.WriteString("uuid"u8, value.AsUuid());
                break;
            default:
                json.WriteString("float"u8, value.ToString());
                break;
        }

        json.WriteEndObject();
    }

    private static FeatureValue ReadTagged(JsonElement json)
    {
        var tagged = json.EnumerateObject().First();
        return tagged.Name switch
        {
            "days" => FeatureValue.OfDate(tagged.Value.GetInt32()),
            "micros" => FeatureValue.OfTimestamp(tagged.Value.GetInt64()),
            "decimal" => Decimal(tagged.Value.GetString()!),
            "bytes" => FeatureValue.Of(tagged.Value.GetBytesFromBase64()),
            "uuid" => FeatureValue.Of(tagged.Value.GetGuid()),
            "float" => FeatureValue.Of(double.Parse(tagged.Value.GetString()!, CultureInfo.InvariantCulture)),
            _ => throw new FormatException($"'{tagged.Name}' is no kind of value"),
        };
    }

    private static FeatureValue Decimal(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return FeatureValue.OfDecimal(Int128.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), point < 0 ? 0 : text.Length - point - 1);
    }
}
