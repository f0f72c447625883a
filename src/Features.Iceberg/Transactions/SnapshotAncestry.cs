using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Who descends from whom among the snapshots of a table.</summary>
internal sealed class SnapshotAncestry(TableMetadata metadata)
{
    private readonly Dictionary<long, Snapshot> byId = metadata.Snapshots.ToDictionary(s => s.SnapshotId);

    /// <summary>A snapshot, its parent, and so on, as far as they still stand; none of null.</summary>
    public IEnumerable<Snapshot> Of(Snapshot? snapshot)
    {
        for (var steps = 0; snapshot is not null && steps < byId.Count; steps++)
        {
            yield return snapshot;
            snapshot = snapshot.ParentId is { } parent ? byId.GetValueOrDefault(parent) : null;
        }
    }

    /// <summary>True if the snapshot is <paramref name="descendant"/> or one that it descends from.</summary>
    public bool IsAncestor(long ancestorId, Snapshot? descendant) => Of(descendant).Any(s => s.SnapshotId == ancestorId);
}
