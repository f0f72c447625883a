using Apache.Arrow;

namespace Features.Iceberg.DataFiles;

/// <summary>A run of sorted rows in the course of a merge: the batch it stands in, and the rows of it that were picked and not gathered yet.</summary>
internal sealed class SortedRun(IAsyncEnumerator<RecordBatch> batches, RowOrder order) : IAsyncDisposable
{
    private RecordBatch? batch;
    private RowOrder.Keys? keys;
    private int gathered;
    private int row;

    /// <summary>The sort key of the row it stands on.</summary>
    public object?[] Key => keys!.At(row);

    /// <summary>True if every row of the batch was picked.</summary>
    public bool IsAtEnd => batch is null || row == batch.Length;

    /// <summary>Goes to the next row of the batch; false if there is none.</summary>
    public bool MoveInBatch() => ++row < batch!.Length;

    /// <summary>Goes to the first row of the next batch, once all of this one are gathered; false at the end of the run.</summary>
    public async Task<bool> MoveToNextBatchAsync()
    {
        do
        {
            batch?.Dispose();
            batch = await batches.MoveNextAsync().ConfigureAwait(false) ? batches.Current : null;
        }
        while (batch is { Length: 0 });

        (gathered, row) = (0, 0);
        keys = batch is null ? null : order.Of(batch);
        return batch is not null;
    }

    /// <summary>The picked rows, in the order in which the runs were picked from.</summary>
    public static RecordBatch Gather(IReadOnlyList<SortedRun> runs, List<int> picks)
    {
        var (slices, starts) = (new List<(RecordBatch Batch, int Start, int Length)>(), new int[runs.Count]);
        var total = 0;
        for (var i = 0; i < runs.Count; i++)
        {
            starts[i] = total;
            var run = runs[i];
            if (run.batch is not null && run.row > run.gathered)
            {
                slices.Add((run.batch, run.gathered, run.row - run.gathered));
                total += run.row - run.gathered;
                run.gathered = run.row;
            }
        }

        var rows = new int[picks.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = starts[picks[i]]++;
        }

        var first = slices[0].Batch;
        var columns = Enumerable.Range(0, first.ColumnCount).Select(c =>
        {
            var parts = slices.Select(s => ArrowArrayFactory.Slice(s.Batch.Column(c), s.Start, s.Length)).ToList();
            return parts.Count == 1 ? parts[0] : ArrowArrayConcatenator.Concatenate(parts);
        });
        // Slices share their batches' memory, which goes on to be used; what is taken is a copy.
        return RowTake.Of(new RecordBatch(first.Schema, columns, total), rows);
    }

    public async ValueTask DisposeAsync()
    {
        batch?.Dispose();
        await batches.DisposeAsync().ConfigureAwait(false);
    }
}
