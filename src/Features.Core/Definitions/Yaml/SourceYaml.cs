namespace Features.Core.Definitions.Yaml;

internal static class SourceYaml
{
    public static Definition? Read(YamlMap map, string name)
    {
        var source = new FeatureSource(name) { Table = map.OptionalText("table"), Parquet = map.OptionalText("parquet"), Fields = map.TextMap("fields") };
        if (source.Table is null == source.Parquet is null)
        {
            map.Fault(map.Node, "it must have exactly one of 'table' and 'parquet'", "name an Iceberg table, or a folder of Parquet files");
        }

        return source;
    }

    public static Definition? ReadPush(YamlMap map, string name) => new PushSource(name) { Table = map.Text("table") };
}
