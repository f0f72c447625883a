using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.RowChanges;

/// <summary>What takes matched rows out of a table: files that go, files of the rows that stay (copy-on-write), and delete files (merge-on-read).</summary>
/// <param name="Removed">Data files that go.</param>
/// <param name="Added">Data files of the rows that stay.</param>
/// <param name="Deletes">Position delete files, one a data file.</param>
/// <param name="ReplacedDeletes">Earlier position delete files of those data files, which the new ones contain.</param>
/// <param name="Referenced">The data files that the new delete files refer to.</param>
internal sealed record RowRemoval(
    IReadOnlyList<DataFile> Removed, IReadOnlyList<DataFile> Added, IReadOnlyList<DataFile> Deletes, IReadOnlyList<DataFile> ReplacedDeletes, IReadOnlyCollection<string> Referenced)
{
    /// <summary>Writes the files of a removal.</summary>
    public static Task<RowRemoval> WriteAsync(RowOperation operation, IReadOnlyList<FileMatches> matches, RowLevelMode mode, CancellationToken cancellationToken) =>
        mode == RowLevelMode.CopyOnWrite ? CopyAsync(operation, matches, cancellationToken) : MarkAsync(operation, matches, cancellationToken);

    /// <summary>The commit of the removal, with new rows; a delete if there are none.</summary>
    public SnapshotAction ToAction(RowOperation operation, IReadOnlyList<DataFile> newRows, ConflictCheck check, RowLevelCommand command, IReadOnlyDictionary<string, string>? summary) => Deletes.Count == 0
        ? new OverwriteFiles { Removed = Removed, Added = [.. newRows, .. Added], Check = check, Branch = operation.Branch, Summary = summary }
        : new RowDelta
        {
            Added = newRows,
            Deletes = Deletes,
            Removed = Removed,
            RemovedDeletes = ReplacedDeletes,
            ReferencedDataFiles = Referenced,
            Check = check,
            Command = command,
            Branch = operation.Branch,
            Summary = summary,
        };

    private static async Task<RowRemoval> CopyAsync(RowOperation operation, IReadOnlyList<FileMatches> matches, CancellationToken cancellationToken) => new(
        [.. matches.Select(m => m.Task.File)],
        matches.All(m => m.IsWhole) ? [] : await operation.WriteAsync(StayingAsync(operation, matches.Where(m => !m.IsWhole), cancellationToken), cancellationToken).ConfigureAwait(false),
        [],
        [],
        []);

    private static async IAsyncEnumerable<RecordBatch> StayingAsync(RowOperation operation, IEnumerable<FileMatches> matches, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var columns = operation.Table.Metadata.CurrentSchema;
        var projection = columns with { Fields = [.. columns.Fields, MetadataColumns.Position] };
        foreach (var match in matches)
        {
            await foreach (var batch in operation.Reader.ReadAsync(match.Task with { Residual = Filter.True }, projection, cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    var positions = ((Int64Array)batch.Column(columns.Fields.Count)).Values;
                    var staying = new List<int>(batch.Length);
                    for (var row = 0; row < batch.Length; row++)
                    {
                        if (!match.Positions!.Contains(positions[row]))
                        {
                            staying.Add(row);
                        }
                    }

                    if (staying.Count > 0)
                    {
                        yield return Taken(batch, columns, staying);
                    }
                }
            }
        }
    }

    private static RecordBatch Taken(RecordBatch batch, Schema columns, List<int> rows)
    {
        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows);
        var arrays = new IArrowArray[columns.Fields.Count];
        for (var i = 0; i < arrays.Length; i++)
        {
            arrays[i] = RowTake.Of(batch.Column(i), span);
        }

        return new RecordBatch(ArrowSchema.From(columns), arrays, rows.Count);
    }

    private static async Task<RowRemoval> MarkAsync(RowOperation operation, IReadOnlyList<FileMatches> matches, CancellationToken cancellationToken)
    {
        var reader = new DeleteReader(operation.Format, operation.Table.Storage);
        var (removed, deletes, replaced, referenced) = (new List<DataFile>(), new List<DataFile>(), new List<DataFile>(), new List<string>());
        foreach (var match in matches)
        {
            var file = match.Task.File;
            var (earlier, all) = match.IsWhole ? ([], null) : await WithEarlierAsync(reader, match, cancellationToken).ConfigureAwait(false);
            if (all is null || all.Count == file.RecordCount)
            {
                removed.Add(file);
                continue;
            }

            deletes.Add(await operation.WriteDeletesAsync(file, all, cancellationToken).ConfigureAwait(false));
            replaced.AddRange(earlier);
            referenced.Add(file.FilePath);
        }

        return new RowRemoval(removed, [], deletes, replaced, referenced);
    }

    // Delete files of this data file alone would only ever be read together with the new one.
    private static async Task<(IReadOnlyList<DataFile> Earlier, DeletedPositions All)> WithEarlierAsync(DeleteReader reader, FileMatches match, CancellationToken cancellationToken)
    {
        PlannedDelete[] own = [.. match.Task.Deletes.Where(d => d.File is { Content: FileContent.PositionDeletes, FileFormat: "PARQUET" } && DeleteIndex.OnlyDataFile(d.File) is not null)];
        if (own.Length == 0)
        {
            return ([], match.Positions!);
        }

        var earlier = await reader.ReadAsync(match.Task with { Deletes = own }, cancellationToken).ConfigureAwait(false);
        return ([.. own.Select(d => d.File)], DeletedPositions.Union(earlier.Positions is { } positions ? [match.Positions!, positions] : [match.Positions!])!);
    }
}
