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
                YamlSequenceNode list when int.Parse(step, CultureInfo.InvariantCulture) is var i && i < list.Children.Count => list.Children[i],
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
}
