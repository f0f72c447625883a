using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>
/// A swap whose outcome is not known yet, recognised later by the metadata file or a snapshot that only it could have left in the table's history. <paramref name="previous"/> is an earlier one
/// of the same transaction, not known either.
/// </summary>
internal sealed class UnknownOutcome(Table from, TableMetadata updated, CommitContext context, CommitStateUnknownException error, UnknownOutcome? previous)
{
    private readonly HashSet<long> snapshots = [.. updated.Snapshots.Select(s => s.SnapshotId).Except(from.Metadata.Snapshots.Select(s => s.SnapshotId))];

    /// <summary>What the catalog said.</summary>
    public CommitStateUnknownException Error { get; } = error;

    /// <summary>
    /// True if it leaves a mark: a snapshot, or a metadata file whose name is known. Without one, a swap that others' commits have covered looks the same as one that never took place.
    /// </summary>
    public bool LeavesAMark => (snapshots.Count > 0 || Error.MetadataLocation is not null) && (previous?.LeavesAMark ?? true);

    /// <summary>True if the table shows that this or a previous one took place.</summary>
    public bool TookPlace(Table current) =>
        current.Metadata.Snapshots.Any(s => snapshots.Contains(s.SnapshotId)) || IsInLog(current, Error.MetadataLocation) || (previous?.TookPlace(current) ?? false);

    /// <summary>
    /// True if the table's records do not tell: they no longer reach back to the metadata that the swap was to replace, so that what stood after it may have been there and gone.
    /// </summary>
    public bool CannotTell(Table current) => !IsInLog(current, from.MetadataLocation) || (previous?.CannotTell(current) ?? false);

    /// <summary>True if other commits have come since, so that a swap which did not take place by now never will.</summary>
    public bool IsOvertaken(Table current) => current.MetadataLocation != from.MetadataLocation;

    /// <summary>The attempt that took place, which may refer to manifests that a failed one wrote; null if the table does not tell.</summary>
    public CommitContext? AttemptOf(Table current) =>
        current.Metadata.Snapshots.Any(s => snapshots.Contains(s.SnapshotId) && s.ManifestList is { } list && context.Uses(list)) ? context : previous?.AttemptOf(current);

    private static bool IsInLog(Table table, string? file) => file is not null && (table.MetadataLocation == file || table.Metadata.MetadataLog.Any(e => e.MetadataFile == file));
}
