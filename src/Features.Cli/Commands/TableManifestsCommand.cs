using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Iceberg;
using Features.Iceberg.Manifests;

namespace Features.Cli.Commands;

/// <summary><c>features table manifests</c>: the manifests of a snapshot.</summary>
internal static class TableManifestsCommand
{
    public static Command Create(CliConsole console)
    {
        var state = new SnapshotChoice();
        return TableListing.Create(
            console, "manifests", "List the manifests of the current snapshot, or of another.", ["content", "spec", "added", "existing", "deleted", "rows", "bytes", "path"], state.Options,
            (parse, table, cancellationToken) => LinesAsync(table, state.Of(parse), cancellationToken));
    }

    private static async IAsyncEnumerable<TableListing.Line> LinesAsync(Table table, ReadSelection state, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (ReadGate.SnapshotOf(table, state) is not { } snapshot)
        {
            yield break;
        }

        foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, snapshot, cancellationToken))
        {
            var content = manifest.IsDeletes ? "deletes" : "data";
            var json = new JsonObject
            {
                ["path"] = manifest.ManifestPath,
                ["content"] = content,
                ["bytes"] = manifest.ManifestLength,
                ["partition_spec_id"] = manifest.PartitionSpecId,
                ["sequence_number"] = manifest.SequenceNumber,
                ["min_sequence_number"] = manifest.MinSequenceNumber,
                ["added_snapshot"] = TableJson.Id(manifest.AddedSnapshotId),
                ["added_files"] = manifest.AddedFilesCount,
                ["existing_files"] = manifest.ExistingFilesCount,
                ["deleted_files"] = manifest.DeletedFilesCount,
                ["added_rows"] = manifest.AddedRowsCount,
                ["existing_rows"] = manifest.ExistingRowsCount,
                ["deleted_rows"] = manifest.DeletedRowsCount,
            };
            yield return new TableListing.Line(
                json, content, $"{manifest.PartitionSpecId}", Number(manifest.AddedFilesCount), Number(manifest.ExistingFilesCount), Number(manifest.DeletedFilesCount),
                Number(manifest.AddedRowsCount + manifest.ExistingRowsCount), Number(manifest.ManifestLength), manifest.ManifestPath);
        }
    }

    private static string Number(long? value) => value is { } known ? $"{known:N0}" : "unknown";
}
