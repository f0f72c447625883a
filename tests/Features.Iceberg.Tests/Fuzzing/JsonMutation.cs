using System.Text;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Fuzzing;

/// <summary>Documents that are still JSON, most of them, and say something else: a value of another type or size, a missing, doubled or exchanged one, nesting without end, text that is no text.</summary>
internal static class JsonMutation
{
    private static readonly string[] Values =
    [
        "null", "true", "{}", "[]", "-1", "0", "1", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e308", "1e999", "0.5", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"",
        "\"struct<\"", "\"decimal(99,99)\"", "\"fixed[999999999]\"", "\"bucket[0]\"", "\"truncate[-1]\"", "[null]", "[[]]", "{\"\":null}", "{\"type\":\"struct\"}", "{\"type\":\"list\"}", "\"9999-99-99\"",
    ];

    public static byte[] Of(byte[] json, IReadOnlyList<byte[]> others, Random random)
    {
        var root = JsonNode.Parse(json);
        var spots = new List<(JsonNode Parent, object Key)>();
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            spots.Clear();
            Visit(root, spots);
            if (spots.Count > 0)
            {
                Change(spots, random);
            }
        }

        var text = root!.ToJsonString();
        // What a document tree cannot say is put in as text.
        for (var mark = text.IndexOf(Mark, StringComparison.Ordinal); mark >= 0; mark = text.IndexOf(Mark, StringComparison.Ordinal))
        {
            text = string.Concat(text.AsSpan(0, mark), random.Next(12) == 0 ? Deep(random) : Values[random.Next(Values.Length)], text.AsSpan(mark + Mark.Length));
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        return random.Next(5) == 0 ? ByteMutation.Of(bytes, others, random) : bytes;
    }

    private const string Mark = "\"the-mark\"";

    private static string Deep(Random random)
    {
        var depth = random.Next(1, 20_000);
        return random.Next(2) == 0
            ? new string('[', depth) + new string(']', depth)
            : string.Concat(Enumerable.Repeat("{\"type\":\"list\",\"element-id\":9,\"element-required\":false,\"element\":", depth)) + "\"int\"" + new string('}', depth);
    }

    private static void Visit(JsonNode? node, List<(JsonNode Parent, object Key)> spots)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (key, value) in o)
                {
                    spots.Add((o, key));
                    Visit(value, spots);
                }

                break;
            case JsonArray a:
                for (var i = 0; i < a.Count; i++)
                {
                    spots.Add((a, i));
                    Visit(a[i], spots);
                }

                break;
        }
    }

    private static void Change(List<(JsonNode Parent, object Key)> spots, Random random)
    {
        var (spot, other) = (spots[random.Next(spots.Count)], spots[random.Next(spots.Count)]);
        switch (random.Next(6))
        {
            case 0 when spot.Parent is JsonObject o:
                o.Remove((string)spot.Key);
                break;
            case 0 when spot.Parent is JsonArray a:
                a.RemoveAt((int)spot.Key);
                break;
            case 1 when spot.Parent is JsonArray a:
                a.Insert(0, Get(spot)?.DeepClone());
                break;
            case 2 or 3:
                Set(spot, Get(other)?.DeepClone());
                break;
            case 4 when Get(spot) is JsonValue value && value.TryGetValue<long>(out var number):
                Set(spot, unchecked(random.Next(3) switch { 0 => number + 1, 1 => number - 1, _ => -number }));
                break;
            default:
                Set(spot, "the-mark");
                break;
        }
    }

    private static JsonNode? Get((JsonNode Parent, object Key) spot) => spot.Key is int i ? spot.Parent.AsArray()[i] : spot.Parent.AsObject()[(string)spot.Key];

    private static void Set((JsonNode Parent, object Key) spot, JsonNode? value)
    {
        if (spot.Key is int i)
        {
            spot.Parent.AsArray()[i] = value;
        }
        else
        {
            spot.Parent.AsObject()[(string)spot.Key] = value;
        }
    }
}
