namespace Features.Core.Definitions.Yaml;

/// <summary>The short form of a contract, <c>kind: Contract</c>: columns and rules. The long form is <see cref="OdcsContract"/>.</summary>
internal static class ContractYaml
{
    public static Definition? Read(YamlMap map, string name) => new Contract(name)
    {
        Version = map.OptionalText("version"),
        Columns = map.Maps(
            "columns",
            "column",
            c => new ContractColumn(c.Text("name"), c.Text("type"), c.Flag("required")) { Tags = c.TextMap("tags") },
            isRequired: true),
        Rules = PipelineYaml.ReadRules(map),
    };
}
