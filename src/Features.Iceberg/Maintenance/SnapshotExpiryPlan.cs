using Features.Iceberg.Spec;

namespace Features.Iceberg.Maintenance;

/// <summary>What an expiry would do.</summary>
/// <param name="Table">The table, at the version that was looked at.</param>
/// <param name="Snapshots">The snapshots that go, in the metadata's order.</param>
/// <param name="Refs">The branches and tags that go, being older than they may become.</param>
/// <param name="Files">The files that no other snapshot needs. Empty if files are left alone. What is removed in the end is decided after the commit, by the table as it then is.</param>
public sealed record SnapshotExpiryPlan(Table Table, IReadOnlyList<Snapshot> Snapshots, IReadOnlyList<string> Refs, IReadOnlyList<TableFile> Files)
{
    /// <summary>True if there is nothing to do.</summary>
    public bool IsEmpty => Snapshots.Count == 0 && Refs.Count == 0;
}
