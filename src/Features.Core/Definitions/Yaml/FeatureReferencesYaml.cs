namespace Features.Core.Definitions.Yaml;

/// <summary>A list of references: each a text (<c>view:feature</c>), or a mapping with view, features, as and keys, which yields one text for each of its features.</summary>
internal static class FeatureReferencesYaml
{
    public static IReadOnlyList<string> Read(YamlMap map, string key, bool isRequired = false) => map.TextsOrMaps(key, "reference", ReadMap, isRequired);

    private static List<string> ReadMap(YamlMap map)
    {
        var reference = new FeatureReference(map.Text("view"), null) { Alias = map.OptionalText("as"), JoinKeys = map.TextMap("keys") };
        var features = map.IsList("features") ? map.Texts("features", isRequired: true) : [map.Text("features")];
        return [.. features.Where(f => f.Length > 0).Select(f => (reference with { Feature = f == "*" ? null : f }).ToString())];
    }
}
