using System.CommandLine;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Engine;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Features.Server.Workspaces;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Cli.Commands;

/// <summary><c>features table append</c>: rows of files, in one commit.</summary>
internal static class TableAppendCommand
{
    public static Command Create(CliConsole console)
    {
        var target = TableChange.Argument();
        var files = Verb.Files();
        var branch = new Option<string>("--ref") { Description = "The branch to append to.", HelpName = "BRANCH", DefaultValueFactory = _ => SnapshotRef.Main };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(
            "append", "Append the rows of Parquet, CSV, JSON or Arrow files, all in one commit. Columns are matched by name.",
            "features table append flights.departures data/more.csv", target, files, branch, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var table = await TableChange.LoadAsync(workspace, parse.GetRequiredValue(target), cancellationToken);
            await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
            var rows = RowsOf(session, parse.GetRequiredValue(files), table.Metadata.CurrentSchema, cancellationToken);
            var written = await new PartitionedWriter(table, workspace.Files).WriteAsync(rows, $"append-{Guid.CreateVersion7(workspace.Clock.GetUtcNow()):N}", cancellationToken);
            var result = await CommitAsync(table, written, parse.GetRequiredValue(branch), cancellationToken);
            TableChange.Report(console, table, result, parse.GetValue(json));
        });
    }

    /// <summary>The rows of several files, one after the other.</summary>
    public static async IAsyncEnumerable<RecordBatch> RowsOf(ISqlSession session, IReadOnlyList<string> files, Schema schema, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            await foreach (var batch in await FileRows.ReadAsync(session, file, schema, cancellationToken))
            {
                yield return batch;
            }
        }
    }

    private static async Task<CommitResult> CommitAsync(Iceberg.Table table, IReadOnlyList<DataFile> written, string branch, CancellationToken cancellationToken)
    {
        if (written.Count == 0)
        {
            return new CommitResult(table, Changed: false);
        }

        try
        {
            return await table.NewTransaction().Add(new AppendFiles(written) { Branch = branch }).CommitAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is not Iceberg.CommitStateUnknownException)
        {
            // What no commit names is no table's.
            foreach (var file in written)
            {
                await table.Storage.DeleteAsync(file.FilePath, CancellationToken.None);
            }

            throw;
        }
    }
}
