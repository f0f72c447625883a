using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Core.Registry;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features definitions history</c>.</summary>
internal static class DefinitionsHistoryCommand
{
    public static Command Create(CliConsole console)
    {
        var definition = DefinitionName.Create();
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("history", "Show every version of a definition and what each changed.", "features definitions history FeatureView/origin_delays", definition, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            DefinitionVersion? before = null;
            foreach (var version in await DefinitionName.HistoryAsync(workspace, parse.GetValue(definition)!, cancellationToken))
            {
                IReadOnlyList<DefinitionDifference> differences = before is null || version.IsRemoval
                    ? []
                    : [.. DefinitionDifference.Between(before.Definition, version.Definition), .. DefinitionDifference.Between(before.Types, version.Types)];
                if (parse.GetValue(json))
                {
                    var line = DefinitionJsonLines.Describe(version);
                    line["differences"] = new JsonArray([.. differences.Select(d => new JsonObject { ["path"] = d.Path, ["old"] = d.Old, ["new"] = d.New })]);
                    console.Json(line);
                }
                else
                {
                    await console.Out.WriteLineAsync($"v{version.Version}  {version.AppliedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC{(version.IsRemoval ? "  removed" : "")}");
                    foreach (var difference in differences)
                    {
                        await console.Out.WriteLineAsync($"    {difference}");
                    }
                }

                before = version;
            }
        });
    }
}
