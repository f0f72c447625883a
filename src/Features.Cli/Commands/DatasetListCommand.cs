using System.CommandLine;
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
            foreach (var manifest in await workspace.TrainingSets.ListAsync(cancellationToken))
            {
                if (parse.GetValue(json))
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
