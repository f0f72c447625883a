using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Features.Core.Definitions.Yaml;

/// <summary>Reads one YAML document as a definition.</summary>
internal static partial class DocumentReader
{
    private static readonly Dictionary<string, Func<YamlMap, string, Definition?>> Kinds = new()
    {
        ["Pipeline"] = PipelineYaml.Read,
        ["Entity"] = EntityYaml.Read,
        ["Source"] = SourceYaml.Read,
        ["FeatureView"] = FeatureViewYaml.Read,
        ["OnDemandView"] = OnDemandViewYaml.Read,
        ["PushSource"] = SourceYaml.ReadPush,
        ["FeatureService"] = (map, name) => new FeatureService(name, FeatureReferencesYaml.Read(map, "features", isRequired: true)),
        ["TrainingSet"] = TrainingSetYaml.Read,
        ["Contract"] = ContractYaml.Read,
    };

    /// <summary>What the document says; null if it is too broken to say of which kind. Faults go to <paramref name="faults"/>.</summary>
    public static ReadDocument? Read(YamlNode root, YamlFaults faults)
    {
        if (root is not YamlMappingNode node)
        {
            faults.Add(root, "document", "it is not a mapping", "start it with kind: and name:");
            return null;
        }

        var before = faults.All.Count;
        var outline = new YamlMap(node, "document", faults);
        var kind = outline.Text("kind");
        if (kind == OdcsContract.Kind)
        {
            var contract = OdcsContract.Read(node, faults);
            return new ReadDocument("Contract", contract?.Name ?? "", contract is null ? null : contract with { Place = faults.PlaceOf(node) }, faults.All.Count == before);
        }

        if (!Kinds.TryGetValue(kind, out var read))
        {
            if (kind.Length > 0)
            {
                outline.Fault("kind", $"there is no kind '{kind}'", NearNames.Hint(kind, [.. Kinds.Keys, OdcsContract.Kind], "kinds"));
            }

            return null;
        }

        var name = outline.Text("name");
        var map = new YamlMap(node, $"{kind} '{name}'", faults);
        map.Ignore("kind", "name");
        if (name.Length > 0)
        {
            CheckName(map, name);
        }

        var description = map.OptionalText("description");
        var owner = map.OptionalText("owner");
        var tags = map.TextMap("tags");
        var definition = read(map, name);
        map.Close();
        return new ReadDocument(kind, name, definition is null ? null : definition with { Description = description, Owner = owner, Tags = tags, Place = faults.PlaceOf(node) }, faults.All.Count == before);
    }

    public static void CheckName(YamlMap map, string name)
    {
        if (!Name().IsMatch(name))
        {
            map.Fault("name", $"'{name}' is no name", "use lower-case letters, digits and underscores, with a letter first");
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    public static partial Regex Name();
}
