using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Core.Definitions;

/// <summary>JSON that is the same bytes for the same content: RFC 8785, for documents without fractions.</summary>
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
                // Numbers of definitions are whole; a fraction would need RFC 8785's shortest form, so it is refused here.
                text.Append(long.Parse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));
                break;
        }
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
