using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Replaces data files by others: those given, and those of which every row matches a filter. The delete files that a removed filter or partition covers go with them.</summary>
public sealed class OverwriteFiles : SnapshotAction
{
    /// <summary>Data files to remove, as the table lists them; one that is not there any more is a conflict.</summary>
    public IReadOnlyList<DataFile> Removed { get; init; } = [];

    /// <summary>Data files to add.</summary>
    public IReadOnlyList<DataFile> Added { get; init; } = [];

    /// <summary>Files whose rows all match are removed; a file with rows that match beside others that may not is refused, unless it is one of <see cref="Removed"/>. Null removes none.</summary>
    public Filter? RowFilter { get; init; }

    /// <summary>What to check of others' commits; null checks only that the removed files are there.</summary>
    public ConflictCheck? Check { get; init; }

    private bool RemovesData => Removed.Count > 0 || RowFilter is not null;

    internal override SnapshotChange Plan(TableMetadata metadata, string table)
    {
        AddedFiles.Check(metadata, table, Added);
        return new SnapshotChange
        {
            Operation = RemovesData ? Added.Count > 0 ? "overwrite" : "delete" : Added.Count > 0 ? "append" : "overwrite",
            Added = Added,
            Removed = Removed,
            RemovedRows = RowFilter,
        };
    }

    internal override async Task ValidateAsync(ConflictHistory history, SnapshotChange change, CancellationToken cancellationToken)
    {
        if (Check is not { } check)
        {
            return;
        }

        var since = await history.SinceAsync(check.FromSnapshotId, cancellationToken).ConfigureAwait(false);
        if (check.Isolation == IsolationLevel.Serializable)
        {
            await since.RefuseAddedDataAsync(new ConflictScope(check.Filter), cancellationToken).ConfigureAwait(false);
        }

        if (RowFilter is not null)
        {
            await since.RefuseAddedDeletesAsync(new ConflictScope(check.Filter), cancellationToken).ConfigureAwait(false);
            await since.RefuseRemovedDataAsync(new ConflictScope(check.Filter), cancellationToken).ConfigureAwait(false);
        }

        // The removed files' other rows stand in the added ones: a delete of any row of theirs would be undone, whatever the operation's filter says of it.
        await since.RefuseDeletesOfAsync(Removed, new ConflictScope(Filter.True), ignoreEqualityDeletes: false, cancellationToken).ConfigureAwait(false);
    }
}
