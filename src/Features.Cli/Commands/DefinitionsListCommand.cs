using System.CommandLine;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features definitions list</c>.</summary>
internal static class DefinitionsListCommand
{
    public static Command Create(CliConsole console)
    {
        var kind = new Option<string?>("--kind") { Description = "Those of one kind alone.", HelpName = "KIND" };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("list", "List the definitions in force.", "features definitions list --kind FeatureView", kind, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var versions = await workspace.Registry.ListAsync(cancellationToken);
            foreach (var version in versions.Where(v => parse.GetValue(kind) is not { } only || string.Equals(v.Definition.Kind, only, StringComparison.OrdinalIgnoreCase)))
            {
                if (parse.GetValue(json))
                {
                    console.Json(DefinitionJsonLines.Describe(version));
                }
                else
                {
                    await console.Out.WriteLineAsync(
                        $"{version.Definition.Kind}/{version.Definition.Name}  v{version.Version}{(version.Definition.Owner is { } owner ? $"  {owner}" : "")}{(version.Definition.Description is { } text ? $"  {text}" : "")}");
                }
            }
        });
    }
}
