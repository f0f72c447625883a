using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Features.Core.Definitions.Yaml;

/// <summary>JSON as YAML nodes, so that what was kept as JSON passes the same reader.</summary>
internal static class JsonAsYaml
{
    public static YamlNode Convert(JsonNode? node) => node switch
    {
        JsonObject map => new YamlMappingNode(map.Select(p => KeyValuePair.Create<YamlNode, YamlNode>(new YamlScalarNode(p.Key), Convert(p.Value)))),
        JsonArray list => new YamlSequenceNode(list.Select(Convert)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => new YamlScalarNode(value.GetValue<string>()) { Style = ScalarStyle.DoubleQuoted },
        _ => new YamlScalarNode(node?.ToJsonString() ?? "null") { Style = ScalarStyle.Plain },
    };
}
