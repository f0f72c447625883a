namespace Features.Core.Definitions.Yaml;

internal static class PipelineYaml
{
    public static Definition? Read(YamlMap map, string name) => new Pipeline(name)
    {
        Match = ReadMatch(map.Map("source")),
        Contract = map.OptionalText("contract"),
        Clean = map.OptionalText("clean"),
        Rules = ReadRules(map),
        Target = ReadTarget(map.Map("target")),
        ColumnTags = map.TextMaps("column_tags"),
    };

    public static IReadOnlyList<QualityRule> ReadRules(YamlMap map) =>
        map.Maps("rules", "rule", r => new QualityRule(r.Text("id"), r.Text("expression")));

    private static string ReadMatch(YamlMap? source)
    {
        var match = source?.Text("match") ?? "";
        source?.Close();
        return match;
    }

    private static PipelineTarget ReadTarget(YamlMap? target)
    {
        if (target is null)
        {
            return new PipelineTarget("", [], []);
        }

        var read = new PipelineTarget(target.Text("table"), target.Texts("partition"), target.Texts("sort"));
        if (target.OptionalText("mode") is { } mode and not "append")
        {
            target.Fault("mode", $"mode '{mode}' is not supported", "leave it out or write append");
        }

        target.Close();
        return read;
    }
}
