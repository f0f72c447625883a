using System.CommandLine;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Features.Cli.Output;
using Features.Core.Engine;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Server.Workspaces;
using Table = Features.Iceberg.Table;

namespace Features.Cli.Commands;

/// <summary>The verbs that change a table's rows, each in one commit: <c>append</c>, <c>delete</c>, <c>overwrite</c> and <c>upsert</c>.</summary>
internal static class TableRowsCommand
{
    public static Command CreateAppend(CliConsole console)
    {
        var files = Verb.Files();
        return Create(
            console, "append", "Append the rows of Parquet, CSV, JSON or Arrow files. Columns are matched by name.", "features table append flights.airports data/airports.csv", [files],
            (parse, work) => work.Rows.AppendAsync(work.RowsOf(parse.GetRequiredValue(files)), work.CancellationToken));
    }

    public static Command CreateDelete(CliConsole console)
    {
        var where = Where("Delete the rows of which this is true.");
        where.Required = true;
        return Create(
            console, "delete", "Delete rows. The table's property write.delete.mode says how: copy-on-write (default) or merge-on-read.",
            "features table delete flights.departures --where \"origin = 'SFO' and delay > 600\"", [where],
            (parse, work) => work.Rows.DeleteAsync(work.FilterOf(parse.GetRequiredValue(where)!), work.CancellationToken));
    }

    public static Command CreateOverwrite(CliConsole console)
    {
        var files = Verb.Files();
        var where = Where("Replace the rows of which this is true; 'true' replaces all.");
        var partitions = new Option<bool>("--partitions") { Description = "Replace every partition that the new rows fall into." };
        return Create(
            console, "overwrite", "Replace rows by those of files: the rows of a condition, or whole partitions.", "features table overwrite flights.airports data/airports.csv --where true", [files, where, partitions],
            (parse, work) => (parse.GetValue(where), parse.GetValue(partitions)) switch
            {
                ({ } condition, false) => work.Rows.OverwriteAsync(work.RowsOf(parse.GetRequiredValue(files)), work.FilterOf(condition), work.CancellationToken),
                (null, true) => work.Rows.OverwritePartitionsAsync(work.RowsOf(parse.GetRequiredValue(files)), work.CancellationToken),
                _ => throw new CliException(CliException.Usage, "say what is replaced: --where SQL, or --partitions"),
            });
    }

    public static Command CreateUpsert(CliConsole console)
    {
        var files = Verb.Files();
        var keys = new Option<string?>("--keys") { Description = "The columns that identify a row; by default the table's own key.", HelpName = "a,b" };
        return Create(
            console, "upsert", "Replace the rows that have a key of the files' rows, and add the others.", "features table upsert flights.airports data/airports.csv --keys iata", [files, keys],
            (parse, work) => work.Rows.UpsertAsync(work.RowsOf(parse.GetRequiredValue(files)), ScanQuery.Names(parse.GetValue(keys), "--keys"), work.CancellationToken));
    }

    private static Option<string?> Where(string description) => new("--where")
    {
        Description = description + " Columns compared with constants, with AND, OR, NOT, IN, BETWEEN, LIKE 'prefix%', IS NULL.",
        HelpName = "SQL",
    };

    private static Command Create(CliConsole console, string name, string description, string example, IEnumerable<Symbol> symbols, Func<ParseResult, Work, Task<RowChange>> change)
    {
        var target = TableChange.Argument();
        var branch = new Option<string>("--ref") { Description = "The branch to change; one that is not there begins at the current state.", HelpName = "BRANCH", DefaultValueFactory = _ => SnapshotRef.Main };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(name, description, example, [target, .. symbols, branch, json, folder]).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var table = await TableChange.LoadAsync(workspace, parse.GetRequiredValue(target), cancellationToken);
            await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
            var rows = new TableRows(table, workspace.Files) { Branch = parse.GetRequiredValue(branch) };
            var done = await change(parse, new Work(table, rows, session, cancellationToken));
            TableChange.Report(console, table, done.Commit, parse.GetValue(json), Counts(done));
        });
    }

    private static JsonObject Counts(RowChange change) => new()
    {
        ["inserted"] = change.RowsInserted,
        ["updated"] = change.RowsUpdated,
        ["unchanged"] = change.RowsUnchanged,
        ["deleted"] = change.RowsDeleted,
    };

    private sealed record Work(Table Table, TableRows Rows, ISqlSession Session, CancellationToken CancellationToken)
    {
        public Filter FilterOf(string condition) => FilterText.Parse(condition, Table.Metadata.CurrentSchema);

        public async IAsyncEnumerable<RecordBatch> RowsOf(IReadOnlyList<string> files)
        {
            foreach (var file in files)
            {
                await foreach (var batch in await FileRows.ReadAsync(Session, file, Table.Metadata.CurrentSchema, CancellationToken))
                {
                    yield return batch;
                }
            }
        }
    }
}
