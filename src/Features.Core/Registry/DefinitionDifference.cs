using System.Text.Json;
using System.Text.Json.Nodes;
using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>One place at which two versions of a definition differ.</summary>
/// <param name="Path">Where, in the words of its YAML: <c>ttl</c>, <c>features/delay_avg/window</c>, <c>types/delay_avg</c>.</param>
/// <param name="Old">What stood, as JSON where it is more than a text; null for nothing.</param>
/// <param name="New">What comes; null for nothing.</param>
public sealed record DefinitionDifference(string Path, string? Old, string? New)
{
    /// <inheritdoc/>
    public override string ToString() => (Old, New) switch
    {
        (null, _) => $"{Path}: + {New}",
        (_, null) => $"{Path}: - {Old}",
        _ => $"{Path}: {Old} → {New}",
    };

    /// <summary>All places at which two versions differ, in the order of the older one, then of the newer.</summary>
    public static IReadOnlyList<DefinitionDifference> Between(Definition old, Definition @new) => [.. Compare("", DefinitionJson.ToJson(old), DefinitionJson.ToJson(@new))];

    /// <summary>Features whose inferred types differ. Those of which one type is unknown, and those that come or go, are not among them.</summary>
    public static IReadOnlyList<DefinitionDifference> Between(IReadOnlyDictionary<string, string> old, IReadOnlyDictionary<string, string> @new) =>
        [.. old.Where(o => @new.TryGetValue(o.Key, out var type) && type != o.Value).Select(o => new DefinitionDifference($"types/{o.Key}", o.Value, @new[o.Key]))];

    private static IEnumerable<DefinitionDifference> Compare(string path, JsonNode? old, JsonNode? @new) => (old, @new) switch
    {
        (JsonObject a, JsonObject b) => CompareMaps(path, Members(a), Members(b)),
        (JsonArray a, JsonArray b) when IsNamed(a) && IsNamed(b) => CompareMaps(path, Named(a), Named(b)).Concat(Order(path, a, b)),
        (JsonArray a, JsonArray b) when IsTexts(a) && IsTexts(b) => CompareTexts(path, a, b),
        _ when JsonNode.DeepEquals(old, @new) => [],
        _ => [new DefinitionDifference(path, Text(old), Text(@new))],
    };

    private static IEnumerable<DefinitionDifference> CompareMaps(string path, IReadOnlyList<(string Key, JsonNode? Value)> old, IReadOnlyList<(string Key, JsonNode? Value)> @new)
    {
        var (before, after) = (old.ToDictionary(p => p.Key, p => p.Value), @new.ToDictionary(p => p.Key, p => p.Value));
        return before.Keys.Concat(after.Keys).Distinct().SelectMany(key => Compare(path.Length == 0 ? key : $"{path}/{key}", before.GetValueOrDefault(key), after.GetValueOrDefault(key)));
    }

    private static List<DefinitionDifference> CompareTexts(string path, JsonArray old, JsonArray @new)
    {
        var (before, after) = (old.Select(Text).ToList(), @new.Select(Text).ToList());
        var different = before.Except(after).Select(t => new DefinitionDifference(path, t, null)).Concat(after.Except(before).Select(t => new DefinitionDifference(path, null, t))).ToList();
        return different.Count > 0 || before.SequenceEqual(after) ? different : [new DefinitionDifference(path, old.ToJsonString(Readable), @new.ToJsonString(Readable))];
    }

    private static IEnumerable<DefinitionDifference> Order(string path, JsonArray old, JsonArray @new)
    {
        var (before, after) = (Named(old).Select(n => n.Key).ToList(), Named(@new).Select(n => n.Key).ToList());
        return before.Intersect(after).SequenceEqual(after.Intersect(before)) ? [] : [new DefinitionDifference(path, string.Join(", ", before), string.Join(", ", after))];
    }

    private static bool IsNamed(JsonArray list) => list.Count > 0 && list.All(i => i is JsonObject && NameOf(i) is not null) && list.DistinctBy(NameOf).Count() == list.Count;

    private static bool IsTexts(JsonArray list) => list.All(i => i is JsonValue);

    private static string? NameOf(JsonNode? item) => (item!["name"] ?? item["id"])?.GetValue<string>();

    private static List<(string Key, JsonNode? Value)> Members(JsonObject map) => [.. map.Select(p => (p.Key, p.Value))];

    private static List<(string Key, JsonNode? Value)> Named(JsonArray list) => [.. list.Select(i => (NameOf(i)!, i))];

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string? Text(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(Readable),
    };
}
