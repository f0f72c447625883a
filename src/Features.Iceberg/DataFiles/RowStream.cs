using Apache.Arrow;
using Features.Iceberg.Manifests;

namespace Features.Iceberg.DataFiles;

/// <summary>Watches whether rows, batch after batch, come clustered by partition and within each in the sort order.</summary>
internal sealed class RowStream(PartitionRuns runs, RowOrder order)
{
    private readonly HashSet<PartitionKey> seen = [];
    private PartitionKey? current;
    private object?[]? last;

    /// <summary>The runs of the batches, if they all go on in order; null if some row does not, and nothing is then remembered of them.</summary>
    public IReadOnlyList<(RecordBatch Batch, PartitionKey Partition, int Start, int End)>? TryFollow(IReadOnlyList<RecordBatch> batches)
    {
        var found = new List<(RecordBatch, PartitionKey, int, int)>();
        var fresh = new HashSet<PartitionKey>();
        var (partition, tail) = (current, last);
        foreach (var batch in batches)
        {
            var keys = order.IsUnsorted ? null : order.Of(batch);
            foreach (var (next, start, end) in runs.Of(batch))
            {
                var goesOn = partition is not null && partition.Equals(next);
                if ((!goesOn && (seen.Contains(next) || !fresh.Add(next)))
                    || (keys is not null && ((goesOn && tail is not null && order.Compare(tail, keys.At(start)) > 0) || !keys.AreSorted(start, end))))
                {
                    return null;
                }

                partition = next;
                tail = keys?.At(end - 1);
                found.Add((batch, next, start, end));
            }
        }

        seen.UnionWith(fresh);
        (current, last) = (partition, tail);
        return found;
    }
}
