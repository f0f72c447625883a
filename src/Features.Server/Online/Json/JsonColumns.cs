using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Features.Core.Online;

namespace Features.Server.Online.Json;

/// <summary>Reads columns, <c>{"driver_id": [1001, 1002], …}</c>.</summary>
internal static class JsonColumns
{
    /// <summary>Reads the object that the reader stands on, to its end.</summary>
    /// <param name="reader">Stands on the value.</param>
    /// <param name="columns">Gets the columns.</param>
    /// <param name="what">What the columns are, for messages: <c>entities</c>, <c>df</c>.</param>
    /// <param name="takesScalars">Whether a value in a list's place means the same value in every row.</param>
    /// <exception cref="OnlineFault">It is no such object, a column stands twice, or the columns are of different length.</exception>
    public static void Read(ref Utf8JsonReader reader, Dictionary<string, IReadOnlyList<FeatureValue>> columns, string what, bool takesScalars = false)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw OnlineFault.Unfit($"'{what}' is no object; give columns, such as {{\"driver_id\": [1001, 1002]}}");
        }

        Dictionary<string, FeatureValue>? scalars = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var isList = reader.TokenType == JsonTokenType.StartArray;
            if (!isList && !takesScalars)
            {
                throw OnlineFault.Unfit($"column '{name}' of '{what}' is no list; give its values in a list, one a row");
            }

            if (scalars?.ContainsKey(name) == true || !(isList ? columns.TryAdd(name, List(ref reader)) : (scalars ??= []).TryAdd(name, Value(ref reader))))
            {
                throw OnlineFault.Unfit($"'{what}' has the column '{name}' twice; give it once");
            }
        }

        CheckLengths(columns, what);
        foreach (var (name, value) in scalars ?? [])
        {
            var rows = columns.Count > 0 ? columns.First().Value.Count : throw OnlineFault.Unfit($"column '{name}' of '{what}' is no list, and no other column is; give its values in a list, one a row");
            if (!columns.TryAdd(name, [.. Enumerable.Repeat(value, rows)]))
            {
                throw OnlineFault.Unfit($"'{what}' has the column '{name}' twice; give it once");
            }
        }
    }

    /// <exception cref="OnlineFault">The columns are of different length.</exception>
    public static void CheckLengths(Dictionary<string, IReadOnlyList<FeatureValue>> columns, string what)
    {
        var rows = -1;
        foreach (var (_, values) in columns)
        {
            if (rows >= 0 && values.Count != rows)
            {
                throw OnlineFault.Unfit($"the columns of '{what}' are of different length ({string.Join(", ", columns.Select(c => $"{c.Key}: {c.Value.Count}"))}); give each a value for every row, null where there is none");
            }

            rows = values.Count;
        }
    }

    private static List<FeatureValue> List(ref Utf8JsonReader reader)
    {
        var values = new List<FeatureValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(Value(ref reader));
        }

        return values;
    }

    private static FeatureValue Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => FeatureValue.Null,
        JsonTokenType.True => FeatureValue.Of(true),
        JsonTokenType.False => FeatureValue.Of(false),
        JsonTokenType.String => FeatureValue.Of(reader.GetString()),
        JsonTokenType.Number => reader.TryGetInt64(out var integer) ? FeatureValue.Of(integer) : Number(ref reader),
        JsonTokenType.StartArray => FeatureValue.OfList(List(ref reader)),
        // What a text column of JSON holds may be sent as it is.
        _ => FeatureValue.Of(Source(ref reader)),
    };

    // An integer beyond 64 bits keeps its digits; anything else is the nearest floating-point number.
    private static FeatureValue Number(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> source = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        return Int128.TryParse(source, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wide) ? FeatureValue.OfDecimal(wide, 0)
            : Utf8Parser.TryParse(source, out double number, out _) && double.IsFinite(number) ? FeatureValue.Of(number)
            : throw OnlineFault.Unfit($"the number {Encoding.UTF8.GetString(source)} is beyond what a double holds; send it as a text");
    }

    private static string Source(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.GetRawText();
    }
}
