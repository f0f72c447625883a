using System.CommandLine;
using Features.Core.Definitions;
using Features.Core.Registry;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features definitions show</c>.</summary>
internal static class DefinitionsShowCommand
{
    public static Command Create(CliConsole console)
    {
        var definition = DefinitionName.Create();
        var number = new Option<int?>("--version") { Description = "An older version; default: the newest.", HelpName = "N" };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("show", "Show a definition with its version, owner, and the types of its features.", "features definitions show FeatureView/origin_delays", definition, number, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var history = await DefinitionName.HistoryAsync(workspace, parse.GetValue(definition)!, cancellationToken);
            var version = parse.GetValue(number) is { } wanted
                ? history.FirstOrDefault(v => v.Version == wanted) ?? throw new WorkspaceException("definition-not-found", $"'{parse.GetValue(definition)}' has no version {wanted}; it has 1 to {history[^1].Version}")
                : history[^1];
            if (parse.GetValue(json))
            {
                console.Json(DefinitionJsonLines.DescribeWhole(version));
            }
            else
            {
                await WriteAsync(console.Out, version);
            }
        });
    }

    private static async Task WriteAsync(TextWriter output, DefinitionVersion version)
    {
        var definition = version.Definition;
        await output.WriteLineAsync($"{definition.Kind} {definition.Name}  v{version.Version}{(version.IsRemoval ? " (removed)" : "")}  applied {version.AppliedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        foreach (var (label, text) in new[] { ("owner", definition.Owner), ("description", definition.Description), ("tags", string.Join(", ", definition.Tags.Select(t => $"{t.Key}={t.Value}"))), ("hash", version.Hash) })
        {
            if (text is { Length: > 0 })
            {
                await output.WriteLineAsync($"{label,-12} {text}");
            }
        }

        var features = definition switch
        {
            FeatureView view => view.Features,
            OnDemandView view => view.Features,
            _ => [],
        };
        foreach (var feature in features)
        {
            await output.WriteLineAsync($"  {feature.Name}  {version.Types.GetValueOrDefault(feature.Name) ?? "(type not known yet)"}{(feature.Owner ?? definition.Owner) switch { { } owner => $"  {owner}", _ => "" }}{(feature.Description is { } text ? $"  {text}" : "")}");
        }

        if (features.Count == 0)
        {
            await output.WriteLineAsync(CanonicalJson.Of(definition));
        }
    }
}
