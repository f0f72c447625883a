namespace Features.Core.Definitions.Yaml;

internal static class TrainingSetYaml
{
    public static Definition? Read(YamlMap map, string name) => new TrainingSet(name)
    {
        Service = map.Text("service"),
        Spine = map.Text("spine"),
        Timestamp = map.Text("timestamp"),
        Label = map.OptionalText("label"),
        SpineFeatures = map.Texts("spine_features"),
        FullNames = map.Flag("full_names"),
    };
}
