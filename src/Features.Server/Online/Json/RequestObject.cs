using System.Buffers;
using System.Text.Json;

namespace Features.Server.Online.Json;

/// <summary>Reads a request's outer object, key by key.</summary>
internal static class RequestObject
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>A reader that stands on the object's start.</summary>
    /// <exception cref="OnlineFault">The body is empty, or no object.</exception>
    public static Utf8JsonReader Begin(ReadOnlySequence<byte> body)
    {
        if (body.IsEmpty)
        {
            throw OnlineFault.Malformed("the body is empty; send a JSON object (GET /openapi.json describes it)");
        }

        var reader = new Utf8JsonReader(body, Options);
        reader.Read();
        return reader.TokenType == JsonTokenType.StartObject ? reader : throw OnlineFault.Malformed("the body is no JSON object; GET /openapi.json describes it");
    }

    /// <summary>The next key, with the reader on its value; false at the object's end.</summary>
    public static bool NextKey(ref Utf8JsonReader reader, out string key)
    {
        reader.Read();
        key = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString()! : "";
        return reader.TokenType == JsonTokenType.PropertyName && reader.Read();
    }

    /// <summary>Holds that nothing follows the object.</summary>
    public static void End(ref Utf8JsonReader reader) => reader.Read();

    public static OnlineFault NoJson(JsonException fault) =>
        OnlineFault.Malformed($"the body is no JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1} cannot be read; GET /openapi.json describes what is expected");

    /// <summary>What the reader calls an invalid operation: a text whose bytes, or whose escapes, are no characters.</summary>
    public static OnlineFault NoText() => OnlineFault.Malformed("the body has a text that is no UTF-8, or an escape such as \\ud800 that is half a character; send whole characters in UTF-8");

    /// <summary>A text, or null.</summary>
    public static string? Text(ref Utf8JsonReader reader, string key) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => reader.GetString(),
        _ => throw OnlineFault.Unfit($"'{key}' is no text; give it in quotes"),
    };

    /// <summary>A list of texts; null is an empty one.</summary>
    public static IReadOnlyList<string> Texts(ref Utf8JsonReader reader, string key)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return [];
        }

        var texts = new List<string>();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                texts.Add(reader.GetString()!);
            }
        }

        return reader.TokenType == JsonTokenType.EndArray ? texts : throw OnlineFault.Unfit($"'{key}' is no list of texts; give names in quotes, in brackets");
    }

    /// <summary>True or false; null is false.</summary>
    public static bool Flag(ref Utf8JsonReader reader, string key) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw OnlineFault.Unfit($"'{key}' is neither true nor false"),
    };

    /// <summary>A moment, ISO 8601; null for none.</summary>
    public static DateTimeOffset? Time(ref Utf8JsonReader reader, string key) => Text(ref reader, key) is not { } text
        ? null
        : IsoTime.TryParse(text) ?? throw OnlineFault.Unfit($"'{key}' is '{text}', which is no time; write it as 2026-01-31T08:30:00Z");
}
