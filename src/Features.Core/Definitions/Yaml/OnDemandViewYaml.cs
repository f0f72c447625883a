namespace Features.Core.Definitions.Yaml;

internal static class OnDemandViewYaml
{
    public static Definition? Read(YamlMap map, string name) => new OnDemandView(name)
    {
        Inputs = FeatureReferencesYaml.Read(map, "inputs"),
        Request = map.Maps("request", "field", f => new RequestField(f.Text("name"), f.Text("type"))),
        Features = FeatureViewYaml.ReadFeatures(map),
    };
}
