using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>A swap whose outcome is not known yet, recognised later by the metadata file or a snapshot that only it could have left in the table's history. <paramref name="previous"/> is an earlier one of the same transaction, not known either.</summary>
internal sealed class UnknownOutcome(Table from, TableMetadata updated, CommitStateUnknownException error, UnknownOutcome? previous)
{
    private readonly HashSet<long> snapshots = [.. updated.Snapshots.Select(s => s.SnapshotId).Except(from.Metadata.Snapshots.Select(s => s.SnapshotId))];

    /// <summary>What the catalog said.</summary>
    public CommitStateUnknownException Error { get; } = error;

    public bool TookPlace(Table current) =>
        current.Metadata.Snapshots.Any(s => snapshots.Contains(s.SnapshotId))
        || (Error.MetadataLocation is { } file && (current.MetadataLocation == file || current.Metadata.MetadataLog.Any(e => e.MetadataFile == file)))
        || (previous?.TookPlace(current) ?? false);
}
