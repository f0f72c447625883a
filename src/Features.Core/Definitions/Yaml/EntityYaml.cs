namespace Features.Core.Definitions.Yaml;

internal static class EntityYaml
{
    public static Definition? Read(YamlMap map, string name) =>
        new Entity(name, map.Maps("keys", "key", k => new EntityKey(k.Text("name"), k.Text("type")), isRequired: true));
}
