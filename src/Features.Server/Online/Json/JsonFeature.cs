using Features.Core.Online;

namespace Features.Server.Online.Json;

/// <summary>
/// A value as JSON, in Feast's forms: bytes as base64; integers with all their digits; floats so that they read back as they are, and null for NaN and the infinities, which JSON has not; decimals, days, UUIDs as texts;
/// timestamps as RFC 3339 in UTC.
/// </summary>
internal static class JsonFeature
{
    private const long MicrosPerSecond = 1_000_000;

    public static void Append(JsonBytes json, in FeatureValue value, bool strictFeast)
    {
        switch (value.Kind)
        {
            case FeatureValueKind.Null: json.Raw("null"u8); break;
            case FeatureValueKind.Boolean: json.Raw(value.AsBoolean() ? "true"u8 : "false"u8); break;
            case FeatureValueKind.Integer: json.Integer(value.AsInteger()); break;
            case FeatureValueKind.Float: json.Float(value.AsFloat()); break;
            case FeatureValueKind.Text: json.Text(value.AsText()); break;
            case FeatureValueKind.Binary: json.Base64(value.AsBinary()); break;
            case FeatureValueKind.Timestamp when strictFeast: json.Integer(FloorSeconds(value.AsMicros())); break;
            case FeatureValueKind.Timestamp: JsonTime.Append(json, value.AsMicros()); break;
            case FeatureValueKind.List: AppendList(json, value.AsList(), strictFeast); break;
            default: json.Text(value.ToString()); break;
        }
    }

    private static void AppendList(JsonBytes json, IReadOnlyList<FeatureValue> values, bool strictFeast)
    {
        json.Raw("["u8);
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                json.Raw(","u8);
            }

            Append(json, values[i], strictFeast);
        }

        json.Raw("]"u8);
    }

    private static long FloorSeconds(long micros) => (micros / MicrosPerSecond) - (micros % MicrosPerSecond < 0 ? 1 : 0);
}
