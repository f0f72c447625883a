using System.Text.Json;
using System.Text.Unicode;

namespace Features.Iceberg.Spec;

/// <summary>Whether the text within a JSON document is text: the parser leaves that to whoever asks for a string, much later.</summary>
internal static class JsonText
{
    /// <exception cref="JsonException">The document is not UTF-8, is no JSON, or escapes half of a surrogate pair.</exception>
    public static void Check(ReadOnlySpan<byte> json, JsonDocumentOptions options = default)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("it is not UTF-8");
        }

        // Only an escape can say what UTF-8 cannot.
        if (json.IndexOf("\\u"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = options.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                CheckString(ref reader);
            }
        }
    }

    private static void CheckString(ref Utf8JsonReader reader)
    {
        try
        {
            _ = reader.GetString();
        }
        catch (InvalidOperationException fault)
        {
            throw new JsonException($"a string in it is no text: {fault.Message}", fault);
        }
    }
}
