namespace Features.Core.Definitions.Yaml;

internal static class TrainingSetYaml
{
    public static Definition? Read(YamlMap map, string name) => new TrainingSet(name)
    {
        Service = map.Text("service"),
        Spine = map.Text("spine"),
        Timestamp = map.Text("timestamp"),
        Label = ReadLabel(map),
        Split = map.Has("split") ? ReadSplit(map.Map("split")) : null,
        Transformations = map.Maps("transformations", "transformation", ReadTransformation),
        SpineFeatures = map.Texts("spine_features"),
        FullNames = map.Flag("full_names"),
    };

    private static Label? ReadLabel(YamlMap map)
    {
        if (!map.IsMap("label"))
        {
            return map.OptionalText("label");
        }

        var label = map.Map("label")!;
        var read = new Label(label.Text("column")) { Matures = label.OptionalDuration("matures"), KnownAt = label.OptionalText("known_at") };
        label.Close();
        return read;
    }

    private static Split? ReadSplit(YamlMap? map)
    {
        if (map is null)
        {
            return null;
        }

        var parts = map.Maps("parts", "part", p => new SplitPart(p.Text("name"), p.OptionalNumber("share")) { Until = p.OptionalMoment("until") }, isRequired: true);
        var split = new Split(map.RequiredChoice<SplitBy>("by"), parts)
        {
            Columns = map.Texts("columns"),
            Seed = map.OptionalInteger("seed") ?? 0,
            Gap = map.OptionalDuration("gap") ?? TimeSpan.Zero,
        };
        map.Close();
        return split;
    }

    private static Transformation ReadTransformation(YamlMap map) => new(map.Text("column"), map.RequiredChoice<TransformationKind>("kind"))
    {
        As = map.OptionalText("as"),
        Size = ReadSize(map),
        By = map.OptionalChoice<Imputation>("by"),
        Value = map.OptionalText("value"),
    };

    private static int? ReadSize(YamlMap map)
    {
        var size = map.OptionalInteger("size");
        if (size is null or (> 0 and <= int.MaxValue))
        {
            return (int?)size;
        }

        map.Fault("size", $"'size' is {size}", "write a whole number from 1");
        return null;
    }
}
