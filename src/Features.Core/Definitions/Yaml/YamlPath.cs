using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Features.Core.Definitions.Yaml;

/// <summary>Finds the node that a path such as <c>features/2/window</c> or <c>features/name=delay_avg_3h</c> names; the deepest that is there.</summary>
internal static class YamlPath
{
    public static YamlNode Find(YamlNode root, string path)
    {
        var node = root;
        foreach (var step in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = node switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(step), out var child) ? child : null,
                YamlSequenceNode list when step.Split('=', 2) is [var key, var value] => list.Children.FirstOrDefault(item => item is YamlMappingNode map
                    && map.Children.TryGetValue(new YamlScalarNode(key), out var named) && named is YamlScalarNode { Value: { } text } && text == value),
                YamlSequenceNode list => list.Children.SelectMany(Expanded).ElementAtOrDefault(int.Parse(step, CultureInfo.InvariantCulture)),
                _ => null,
            };
            if (next is null)
            {
                return node;
            }

            node = next;
        }

        return node;
    }

    /// <summary>A mapping that names several features counts as one item for each, as it is read.</summary>
    private static IEnumerable<YamlNode> Expanded(YamlNode item) =>
        item is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode("features"), out var features) && features is YamlSequenceNode list ? list.Children : [item];
}
