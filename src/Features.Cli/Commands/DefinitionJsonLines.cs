using System.Text.Json.Nodes;
using Features.Core.Definitions;
using Features.Core.Registry;

namespace Features.Cli.Commands;

/// <summary>Definitions and plans for machines, one object a line.</summary>
internal static class DefinitionJsonLines
{
    /// <summary>A line for each definition: <c>kind, name, change, version</c>, and for one that changes <c>differences</c>; then <c>{"impact": …}</c> and <c>{"warning": …}</c>.</summary>
    public static void Write(CliConsole console, RegistryPlan plan)
    {
        foreach (var change in plan.Entries)
        {
            var line = new JsonObject { ["kind"] = change.Kind, ["name"] = change.Name, ["change"] = change.Change.ToString().ToLowerInvariant(), ["version"] = change.Version };
            if (change.Differences.Count > 0)
            {
                line["differences"] = new JsonArray([.. change.Differences.Select(d => new JsonObject { ["path"] = d.Path, ["old"] = d.Old, ["new"] = d.New })]);
            }

            console.Json(line);
        }

        foreach (var impact in plan.Impacts)
        {
            console.Json(new JsonObject { ["impact"] = impact.What.ToString(), ["name"] = impact.Name, ["because"] = Texts(impact.Because), ["consequence"] = impact.Consequence });
        }

        foreach (var warning in plan.Warnings)
        {
            console.Json(new JsonObject { ["warning"] = warning.Problem, ["definition"] = warning.Which, ["place"] = warning.Place?.ToString(), ["remedy"] = warning.Remedy });
        }
    }

    public static JsonObject Describe(DefinitionVersion version) => new()
    {
        ["kind"] = version.Definition.Kind,
        ["name"] = version.Definition.Name,
        ["version"] = version.Version,
        ["owner"] = version.Definition.Owner,
        ["description"] = version.Definition.Description,
        ["tags"] = new JsonObject(version.Definition.Tags.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
        ["applied_at"] = version.AppliedAt.UtcDateTime.ToString("O"),
        ["removed"] = version.IsRemoval,
        ["hash"] = version.Hash,
    };

    public static JsonObject DescribeWhole(DefinitionVersion version)
    {
        var json = Describe(version);
        json["types"] = new JsonObject(version.Types.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value)));
        json["definition"] = JsonNode.Parse(CanonicalJson.Of(version.Definition));
        return json;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => JsonValue.Create(t))]);
}
