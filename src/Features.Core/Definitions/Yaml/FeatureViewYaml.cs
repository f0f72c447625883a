using System.Text.RegularExpressions;

namespace Features.Core.Definitions.Yaml;

internal static partial class FeatureViewYaml
{
    public static Definition? Read(YamlMap map, string name) => new FeatureView(name, map.Text("entity"))
    {
        Source = ReadSource(map),
        Sql = map.OptionalText("sql"),
        Clocks = ReadClocks(map.Map("clocks")),
        Ttl = map.OptionalDuration("ttl"),
        Features = ReadFeatures(map),
        OrderBy = map.Texts("order_by"),
    };

    public static IReadOnlyList<Feature> ReadFeatures(YamlMap map) => map.Maps("features", "feature", ReadFeature, isRequired: true);

    private static string? ReadSource(YamlMap map)
    {
        if (map.Has("source") && map.Has("sql"))
        {
            map.Fault("sql", "'source' and 'sql' both say where the rows come from", "keep one of them");
        }

        return map.Has("sql") ? map.OptionalText("source") : map.Text("source");
    }

    private static Clocks ReadClocks(YamlMap? map)
    {
        if (map is null)
        {
            return new Clocks("");
        }

        var clocks = new Clocks(map.Text("event"), map.OptionalText("available"), map.Flag("inclusive"));
        map.Close();
        return clocks;
    }

    private static Feature? ReadFeature(YamlMap map)
    {
        var name = map.Text("name");
        DocumentReader.CheckName(map, name);
        var aggregate = map.OptionalText("aggregate");
        var window = map.OptionalDuration("window");
        var column = map.OptionalText("column");
        var expression = map.OptionalText("expression");
        var closed = map.OptionalChoice<WindowEnd>("closed");
        var description = map.OptionalText("description");
        var owner = map.OptionalText("owner");
        var tags = map.TextMap("tags");

        if (new[] { aggregate, column, expression }.Count(e => e is not null) != 1)
        {
            map.Fault(map.Node, $"feature '{name}' must have exactly one of 'aggregate', 'column' and 'expression'", "keep the one that is meant");
            return null;
        }

        var feature = aggregate is null ? new Feature(name, expression ?? Quote(column!), null, window) : ReadAggregate(map, name, aggregate, window);
        if (closed is not null && aggregate is null)
        {
            map.Fault("closed", $"feature '{name}' has no window to close", "add aggregate: and window:, or remove closed");
        }

        return feature is null ? null : feature with { Closed = closed ?? default, Description = description, Owner = owner, Tags = tags };
    }

    private static Feature? ReadAggregate(YamlMap map, string name, string text, TimeSpan? window)
    {
        var match = Call().Match(text);
        if (match.Success && Enum.TryParse<Aggregate>(match.Groups[1].Value, ignoreCase: true, out var aggregate) && IsOneArgument(match.Groups[2].Value))
        {
            return new Feature(name, match.Groups[2].Value.Trim(), aggregate, window);
        }

        map.Fault("aggregate", $"'{text}' is no aggregate", "write one of count(*), count(x), sum(x), avg(x), min(x), max(x), first(x), last(x), with a SQL expression for x");
        return null;
    }

    /// <summary>True if the parentheses within are balanced outside of quotes, so that <c>avg(a) + avg(b)</c> is not taken for one call.</summary>
    private static bool IsOneArgument(string text)
    {
        var depth = 0;
        var quote = '\0';
        foreach (var c in text)
        {
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else
            {
                quote = c is '\'' or '"' ? c : '\0';
                depth += c switch { '(' => 1, ')' => -1, _ => 0 };
                if (depth < 0)
                {
                    return false;
                }
            }
        }

        return depth == 0 && quote == '\0' && !string.IsNullOrWhiteSpace(text);
    }

    private static string Quote(string column) => $"\"{column.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"^\s*([A-Za-z]+)\s*\((.*)\)\s*$", RegexOptions.Singleline)]
    private static partial Regex Call();
}
