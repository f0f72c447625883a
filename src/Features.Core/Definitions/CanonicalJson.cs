using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Core.Definitions;

/// <summary>JSON that is the same bytes for the same content: RFC 8785; whole numbers keep all their digits.</summary>
public static class CanonicalJson
{
    /// <summary>A definition as canonical JSON in the shape of its YAML, without its place; it can be read back with <see cref="DefinitionReader"/>.</summary>
    public static string Of(Definition definition) => Write(DefinitionJson.ToJson(definition));

    /// <summary>The SHA-256 of <see cref="Of"/> in UTF-8, lower-case hex.</summary>
    public static string HashOf(Definition definition) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Of(definition))));

    internal static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject map:
                var separator = '{';
                foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    text.Append(separator);
                    AppendString(text, key);
                    text.Append(':');
                    Append(text, value);
                    separator = ',';
                }

                text.Append(map.Count == 0 ? "{}" : "}");
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Append(text, list[i]);
                }

                text.Append(']');
                break;
            case JsonValue value when value.GetValueKind() is JsonValueKind.String:
                AppendString(text, value.GetValue<string>());
                break;
            case JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False:
                text.Append(value.GetValue<bool>() ? "true" : "false");
                break;
            default:
                text.Append(Number(node.ToJsonString()));
                break;
        }
    }

    /// <summary>A fraction as ECMAScript writes it (RFC 8785, 3.2.2.3): the shortest digits that read back, plain from 1e-6 to below 1e21.</summary>
    private static string Number(string json)
    {
        if (long.TryParse(json, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return whole.ToString(CultureInfo.InvariantCulture);
        }

        var value = double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (value == 0)
        {
            return "0";
        }

        var shortest = Math.Abs(value).ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 0; precision < 16; precision++)
        {
            var candidate = Math.Abs(value).ToString($"E{precision}", CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) == Math.Abs(value))
            {
                shortest = candidate;
                break;
            }
        }

        var (digits, exponent) = (shortest[..shortest.IndexOf('E', StringComparison.Ordinal)].Replace(".", "", StringComparison.Ordinal), int.Parse(shortest[(shortest.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));
        var point = exponent + 1;
        var text = point switch
        {
            > 21 or <= -6 => $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}",
            _ when point <= 0 => $"0.{new string('0', -point)}{digits}",
            _ when digits.Length <= point => digits + new string('0', point - digits.Length),
            _ => $"{digits[..point]}.{digits[point..]}",
        };
        return value < 0 ? $"-{text}" : text;
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
