using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Cli.Output;
using Features.Core.Governance;
using Features.Iceberg;
using Features.Iceberg.Transactions;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary>What the verbs that change a table share: the table by its name in the catalog, one commit, and what is said of it.</summary>
internal static class TableChange
{
    public static Argument<string> Argument() => new("table") { Description = "The table, namespace.name.", HelpName = "TABLE" };

    /// <summary>A verb that makes actions for one commit.</summary>
    /// <param name="console">Where it reports.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it changes.</param>
    /// <param name="example">A line that works.</param>
    /// <param name="symbols">What the verb takes besides the table.</param>
    /// <param name="actions">The actions, over the table as it stands.</param>
    public static Command Create(
        CliConsole console, string name, string description, string example, IEnumerable<Symbol> symbols, Func<ParseResult, Table, IReadOnlyList<IAction>> actions)
    {
        var (target, json, folder) = (Argument(), Verb.Json(), Verb.Workspace());
        return Verb.Create(name, description, example, [target, .. symbols, json, folder]).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var table = await LoadAsync(workspace, parse.GetRequiredValue(target), cancellationToken);
            var transaction = table.NewTransaction();
            foreach (var action in actions(parse, table))
            {
                transaction.Add(action);
            }

            Report(console, table, await transaction.CommitAsync(cancellationToken), parse.GetValue(json));
        });
    }

    /// <summary>The table by its name in the workspace's catalog.</summary>
    /// <exception cref="CliException">It is named by its location, and then it is read-only.</exception>
    public static Task<Table> LoadAsync(Workspace workspace, string name, CancellationToken cancellationToken) => workspace.Reads.LoadAsync(Identifier(name), cancellationToken);

    /// <summary>A table's name.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static TableIdentifier Identifier(string name) => !name.Contains('/', StringComparison.Ordinal) && TableIdentifier.TryParse(name) is { } identifier
        ? identifier
        : throw new CliException(CliException.Usage, $"'{name}' is no name in the catalog, through which tables are changed; write namespace.name ('features table list' shows them)");

    /// <summary>Says what a commit did.</summary>
    /// <param name="console">Where.</param>
    /// <param name="before">The table before it.</param>
    /// <param name="result">The commit.</param>
    /// <param name="isJson">For machines.</param>
    /// <param name="rows">What became of rows, for machines; null where the verb is not about rows.</param>
    public static void Report(CliConsole console, Table before, CommitResult result, bool isJson, JsonObject? rows = null)
    {
        var (metadata, snapshot) = (result.Table.Metadata, result.Table.Metadata.Snapshots.ExceptBy(before.Metadata.Snapshots.Select(s => s.SnapshotId), s => s.SnapshotId).LastOrDefault());
        if (isJson)
        {
            var line = new JsonObject
            {
                ["table"] = result.Table.Name,
                ["changed"] = result.Changed,
                ["snapshot"] = TableJson.Id(snapshot?.SnapshotId),
                ["current_snapshot"] = TableJson.Id(metadata.CurrentSnapshotId),
                ["schema_id"] = metadata.CurrentSchemaId,
                ["partition_spec_id"] = metadata.DefaultSpecId,
                ["sort_order_id"] = metadata.DefaultSortOrderId,
                ["metadata_location"] = result.Table.MetadataLocation,
                ["summary"] = snapshot is null ? null : TableJson.Strings(snapshot.Summary),
            };
            if (rows is not null)
            {
                line["rows"] = rows;
            }

            console.Json(line);
            return;
        }

        console.Out.WriteLine($"{result.Table.Name}: {(!result.Changed ? "nothing to change" : snapshot is null ? "changed" : Describe(snapshot))}");
    }

    private static string Describe(Iceberg.Spec.Snapshot snapshot)
    {
        string[] counts = [.. new[] { ("added-records", "records added"), ("deleted-records", "records removed"), ("added-position-deletes", "records deleted by position"), ("total-records", "in all") }
            .Where(c => snapshot.Summary.ContainsKey(c.Item1)).Select(c => $"{snapshot.Summary[c.Item1]} {c.Item2}")];
        return $"snapshot {TableJson.Id(snapshot.SnapshotId)} ({snapshot.Operation}{(counts.Length == 0 ? "" : ": " + string.Join(", ", counts))})";
    }
}
