using Apache.Arrow;
using Features.Iceberg.Manifests;

namespace Features.Iceberg.DataFiles;

/// <summary>A chunk of rows brought together by partition, and within each into the sort order.</summary>
internal sealed class RowClusters(PartitionRuns runs, RowOrder order)
{
    private const int RowsOfBatch = 1 << 16;

    /// <summary>
    /// The rows of each partition, partitions in the order in which they first occur, equal rows as they stood; cut into batches of at most 65,536 rows, which are new and are the caller's.
    /// Takes the chunk: its batches are disposed.
    /// </summary>
    public IEnumerable<(PartitionKey Partition, RecordBatch Rows)> Of(List<RecordBatch> chunk)
    {
        using var whole = Whole(chunk);
        var clusters = new Dictionary<PartitionKey, List<int>>();
        var keys = new List<PartitionKey>();
        foreach (var (partition, start, end) in runs.Of(whole))
        {
            if (!clusters.TryGetValue(partition, out var rows))
            {
                clusters.Add(partition, rows = []);
                keys.Add(partition);
            }

            rows.AddRange(Enumerable.Range(start, end - start));
        }

        var sortKeys = order.IsUnsorted ? null : order.Of(whole);
        foreach (var partition in keys)
        {
            var rows = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(clusters[partition]).ToArray();
            clusters.Remove(partition);
            sortKeys?.Sort(rows);
            for (var start = 0; start < rows.Length; start += RowsOfBatch)
            {
                yield return (partition, RowTake.Of(whole, rows.AsSpan(start, Math.Min(RowsOfBatch, rows.Length - start))));
            }
        }
    }

    private static RecordBatch Whole(List<RecordBatch> chunk)
    {
        if (chunk.Count == 1)
        {
            var only = chunk[0];
            chunk.Clear();
            return only;
        }

        var columns = Enumerable.Range(0, chunk[0].ColumnCount).Select(i => ArrowArrayConcatenator.Concatenate([.. chunk.Select(b => b.Column(i))])).ToArray();
        var whole = new RecordBatch(chunk[0].Schema, columns, chunk.Sum(b => b.Length));
        chunk.ForEach(b => b.Dispose());
        chunk.Clear();
        return whole;
    }
}
