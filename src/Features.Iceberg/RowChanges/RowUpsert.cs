using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.RowChanges;

/// <summary>
/// An upsert: the input goes into data files at once while its keys are gathered; then the table's files that may have those keys are read; and only if the table turns out to have some rows as they are, the
/// input is written once more without them. So only the keys are held, whatever the size of either side.
/// </summary>
internal sealed class RowUpsert(RowOperation operation, KeyColumns columns)
{
    private readonly InputKeys keys = new(columns);
    private readonly Schema schema = operation.Table.Metadata.CurrentSchema;

    public async Task<RowChange> RunAsync(IAsyncEnumerable<RecordBatch> batches, IReadOnlyDictionary<string, string>? summary, CancellationToken cancellationToken)
    {
        var mode = RowLevelModes.Of(operation.Table, RowLevelCommand.Merge);
        var added = await operation.WriteAsync(GatherAsync(batches, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (added.Count == 0)
        {
            return operation.Nothing();
        }

        var filter = keys.Filter();
        var matches = await MatchAsync(filter, cancellationToken).ConfigureAwait(false);
        if (keys.Unchanged > 0)
        {
            var all = added;
            added = keys.Unchanged == keys.Count ? [] : await operation.WriteAsync(ChangedAsync(all, cancellationToken), cancellationToken).ConfigureAwait(false);
            await operation.DropAsync(all).ConfigureAwait(false);
        }

        var counts = operation.Nothing() with { RowsUpdated = keys.Updated, RowsUnchanged = keys.Unchanged, RowsInserted = keys.Count - keys.Updated - keys.Unchanged };
        if (added.Count == 0 && matches.Count == 0)
        {
            return counts;
        }

        var removal = await RowRemoval.WriteAsync(operation, matches, mode, cancellationToken).ConfigureAwait(false);
        var commit = await operation.CommitAsync(removal.ToAction(operation, added, operation.Check(RowLevelCommand.Merge, filter), RowLevelCommand.Merge, summary), cancellationToken).ConfigureAwait(false);
        return counts with
        {
            Commit = commit,
            // More than one row may have stood under a key.
            RowsDeleted = matches.Sum(m => m.Count) - keys.Updated,
            DataFilesAdded = added.Count + removal.Added.Count,
            DataFilesRemoved = removal.Removed.Count,
            DeleteFilesAdded = removal.Deletes.Count,
        };
    }

    private async IAsyncEnumerable<RecordBatch> GatherAsync(IAsyncEnumerable<RecordBatch> batches, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            RecordBatch arranged;
            try
            {
                arranged = BatchColumns.Arrange(batch, schema);
                keys.Add(arranged);
            }
            catch
            {
                batch.Dispose();
                throw;
            }

            yield return arranged;
        }
    }

    private async Task<IReadOnlyList<FileMatches>> MatchAsync(Filter filter, CancellationToken cancellationToken)
    {
        var matches = new List<FileMatches>();
        foreach (var planned in await operation.PlanAsync(filter, cancellationToken).ConfigureAwait(false))
        {
            var task = planned with { Residual = Filter.True };
            if (!await HasAnyAsync(task, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            var positions = await ReplacedAsync(task, cancellationToken).ConfigureAwait(false);
            var count = positions.Count;
            if (count > 0)
            {
                matches.Add(new FileMatches(task, count == task.File.RecordCount ? null : positions, count));
            }
        }

        return matches;
    }

    // The key alone is cheap to read; most files that may have a key by their bounds do not.
    private async Task<bool> HasAnyAsync(FileScanTask task, CancellationToken cancellationToken)
    {
        await foreach (var batch in operation.Reader.ReadAsync(task, columns.Projection, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                var encoding = KeyEncoding.Of(batch, columns.WithinProjection);
                for (var row = 0; row < batch.Length; row++)
                {
                    if (keys.Contains(encoding.At(row)))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private async Task<DeletedPositions> ReplacedAsync(FileScanTask task, CancellationToken cancellationToken)
    {
        var found = new DeletedPositions();
        await foreach (var batch in operation.Reader.ReadAsync(task, schema with { Fields = [.. schema.Fields, MetadataColumns.Position] }, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                var encoding = columns.In(batch);
                IArrowArray[] row = [.. batch.Arrays.Take(schema.Fields.Count)];
                var positions = (Int64Array)batch.Column(schema.Fields.Count);
                for (var i = 0; i < batch.Length; i++)
                {
                    if (keys.Replaces(encoding.At(i), row, i))
                    {
                        found.TryAdd(positions.Values[i]);
                    }
                }
            }
        }

        return found;
    }

    private async IAsyncEnumerable<RecordBatch> ChangedAsync(IReadOnlyList<DataFile> files, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            var task = new FileScanTask(file, file.FilePath, operation.Table.Metadata.DefaultSpec, schema, Filter.True, null, 0, []);
            await foreach (var batch in operation.Reader.ReadAsync(task, schema, cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    var encoding = columns.In(batch);
                    var changed = new List<int>();
                    for (var row = 0; row < batch.Length; row++)
                    {
                        if (!keys.IsUnchanged(encoding.At(row)))
                        {
                            changed.Add(row);
                        }
                    }

                    if (changed.Count > 0)
                    {
                        yield return RowTake.Of(batch, CollectionsMarshal.AsSpan(changed));
                    }
                }
            }
        }
    }
}
