using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features table list</c>.</summary>
internal static class TableListCommand
{
    public static Command Create(CliConsole console)
    {
        var json = Verb.Json();
        var folder = Verb.Workspace();
        return Verb.Create("list", "List the tables of the catalog.", "features table list", json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            foreach (var identifier in await workspace.Catalog.ListTablesAsync(null, cancellationToken))
            {
                if (!parse.GetValue(json))
                {
                    await console.Out.WriteLineAsync(identifier.ToString());
                    continue;
                }

                var table = await workspace.Catalog.TryLoadTableAsync(identifier, cancellationToken);
                console.Json(new JsonObject
                {
                    ["name"] = identifier.ToString(),
                    ["uuid"] = table?.Metadata.TableUuid?.ToString(),
                    ["location"] = table?.Metadata.Location,
                    ["current_snapshot"] = TableJson.Id(table?.Metadata.CurrentSnapshotId),
                });
            }
        });
    }
}
