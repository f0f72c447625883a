using System.Text.Json;

namespace Features.Ordering;

/// <summary>Members of a JSON object that are there, or are refused by name.</summary>
internal static class Json
{
    public static string? Text(JsonElement json, string name) => Member(json, name) switch
    {
        { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw new FormatException($"'{name}' must be a string"),
    };

    public static long Integer(JsonElement json, string name) =>
        Member(json, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) && value >= 0
            ? value
            : throw new FormatException($"'{name}' must be a whole number from 0");

    public static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member)
            ? member
            : throw new FormatException($"'{name}' is missing");
}
