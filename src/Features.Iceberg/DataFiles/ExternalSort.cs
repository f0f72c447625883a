using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>
/// Sorts rows of any number in bounded memory: chunks are sorted and set down as temporary data files (runs), which are then read side by side and merged. Rows that fit into one chunk are sorted where they are.
/// <see cref="RowClusters"/> sorts a chunk too, but each for itself; this brings all of them into one order.
/// </summary>
internal sealed class ExternalSort(Table table, IDataFileFormat format, RowOrder order, long maxBufferedBytes)
{
    private const int RowsOfBatch = 1 << 16;

    // Each run that is open holds a batch in memory.
    private const int MostRunsAtOnce = 32;

    private readonly RowClusters chunks = new(new PartitionRuns(PartitionSpec.Unpartitioned, table.Metadata.CurrentSchema), order);

    /// <summary>The rows in order, equal ones as they came. Takes the batches over; those returned are the caller's.</summary>
    public async IAsyncEnumerable<RecordBatch> SortAsync(IAsyncEnumerable<RecordBatch> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (pending, bytes, runs) = (new List<RecordBatch>(), 0L, new List<DataFile>());
        try
        {
            await foreach (var batch in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                pending.Add(batch);
                bytes += ArrowSize.Of(batch);
                if (bytes >= maxBufferedBytes)
                {
                    runs.Add(await SetDownAsync(chunks.Of(pending).Select(c => c.Rows).ToAsyncEnumerable(), cancellationToken).ConfigureAwait(false));
                    bytes = 0;
                }
            }

            if (runs.Count == 0)
            {
                foreach (var (_, sorted) in pending.Count == 0 ? [] : chunks.Of(pending))
                {
                    yield return sorted;
                }

                yield break;
            }

            if (pending.Count > 0)
            {
                runs.Add(await SetDownAsync(chunks.Of(pending).Select(c => c.Rows).ToAsyncEnumerable(), cancellationToken).ConfigureAwait(false));
            }

            await foreach (var merged in MergeAllAsync(runs, cancellationToken).ConfigureAwait(false))
            {
                yield return merged;
            }
        }
        finally
        {
            pending.ForEach(b => b.Dispose());
            await WrittenFiles.RemoveAsync(table.Storage, runs).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<RecordBatch> MergeAllAsync(List<DataFile> runs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (runs.Count > MostRunsAtOnce)
        {
            // The first ones become one, in their place, so that equal rows keep their order.
            var first = runs[..MostRunsAtOnce];
            var merged = await SetDownAsync(MergeAsync(first, cancellationToken), cancellationToken).ConfigureAwait(false);
            runs.RemoveRange(0, MostRunsAtOnce);
            runs.Insert(0, merged);
            await WrittenFiles.RemoveAsync(table.Storage, first).ConfigureAwait(false);
        }

        await foreach (var batch in MergeAsync(runs, cancellationToken).ConfigureAwait(false))
        {
            yield return batch;
        }
    }

    private async IAsyncEnumerable<RecordBatch> MergeAsync(IReadOnlyList<DataFile> files, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var runs = files.Select(f => new SortedRun(Read(f, cancellationToken).GetAsyncEnumerator(cancellationToken), order)).ToList();
        try
        {
            var next = new PriorityQueue<int, (object?[] Key, int Run)>(Comparer<(object?[] Key, int Run)>.Create(
                (a, b) => order.Compare(a.Key, b.Key) is var byKey && byKey != 0 ? byKey : a.Run.CompareTo(b.Run)));
            for (var i = 0; i < runs.Count; i++)
            {
                if (await runs[i].MoveToNextBatchAsync().ConfigureAwait(false))
                {
                    next.Enqueue(i, (runs[i].Key, i));
                }
            }

            var picks = new List<int>();
            while (next.TryDequeue(out var run, out _))
            {
                picks.Add(run);
                if (runs[run].MoveInBatch())
                {
                    next.Enqueue(run, (runs[run].Key, run));
                    if (picks.Count < RowsOfBatch)
                    {
                        continue;
                    }
                }

                yield return SortedRun.Gather(runs, picks);
                picks.Clear();
                if (runs[run].IsAtEnd && await runs[run].MoveToNextBatchAsync().ConfigureAwait(false))
                {
                    next.Enqueue(run, (runs[run].Key, run));
                }
            }
        }
        finally
        {
            foreach (var run in runs)
            {
                await run.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private IAsyncEnumerable<RecordBatch> Read(DataFile file, CancellationToken cancellationToken)
    {
        var schema = table.Metadata.CurrentSchema;
        return format.ReadAsync(new FileScanTask(file, file.FilePath, PartitionSpec.Unpartitioned, schema, Filter.True, null, 0, []), schema, cancellationToken);
    }

    private async Task<DataFile> SetDownAsync(IAsyncEnumerable<RecordBatch> sorted, CancellationToken cancellationToken)
    {
        var writer = await format.CreateAsync($"{table.DataFolder}/sort-{Guid.NewGuid():N}.parquet", table.Metadata.CurrentSchema, DataFileOptions.Default with { Metrics = MetricsMode.None }, cancellationToken)
            .ConfigureAwait(false);
        await using var opened = writer.ConfigureAwait(false);
        await foreach (var batch in sorted.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }

        return await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
