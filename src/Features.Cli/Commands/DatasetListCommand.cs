using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features dataset list</c>.</summary>
internal static class DatasetListCommand
{
    public static Command Create(CliConsole console)
    {
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("list", "List the training sets.", "features dataset list", json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            foreach (var (name, manifest, problem) in await workspace.TrainingSets.ListAllAsync(cancellationToken))
            {
                if (manifest is null)
                {
                    // A broken one does not hide the others.
                    await console.Error.WriteLineAsync($"warning dataset-broken: {name}: {problem}");
                    if (parse.GetValue(json))
                    {
                        console.Json(new JsonObject { ["name"] = name, ["problem"] = problem });
                    }
                }
                else if (parse.GetValue(json))
                {
                    console.Json(DatasetJson.Describe(manifest));
                }
                else
                {
                    await console.Out.WriteLineAsync($"{manifest.Name}  {manifest.Rows:N0} rows  {manifest.Digest}");
                }
            }
        });
    }
}
