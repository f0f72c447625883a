using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Adds data files and delete files together, and may remove some: the commit of a merge-on-read delete, update, merge or upsert.</summary>
public sealed class RowDelta : SnapshotAction
{
    /// <summary>Data files to add; their rows are not deleted by <see cref="Deletes"/>' equality deletes, only by position.</summary>
    public IReadOnlyList<DataFile> Added { get; init; } = [];

    /// <summary>Delete files to add: position deletes or equality deletes.</summary>
    public IReadOnlyList<DataFile> Deletes { get; init; } = [];

    /// <summary>Data files to remove, as the table lists them. Each must be there; to a checked delete, one that another delete removed meanwhile is as good.</summary>
    public IReadOnlyList<DataFile> Removed { get; init; } = [];

    /// <summary>Delete files to remove (those that new ones replace), as the table lists them. Each must be there; to a checked delete, one that is gone is as good.</summary>
    public IReadOnlyList<DataFile> RemovedDeletes { get; init; } = [];

    /// <summary>The paths of the data files that position deletes refer to: each must still be there.</summary>
    public IReadOnlyCollection<string> ReferencedDataFiles { get; init; } = [];

    /// <summary>What to check of others' commits; null checks only that removed files are there.</summary>
    public ConflictCheck? Check { get; init; }

    /// <summary>The command carried out; null takes a change without new data for a delete, and any other for an update. To a delete, what others deleted meanwhile is no conflict.</summary>
    public RowLevelCommand? Command { get; init; }

    private bool IsDelete => (Command ?? (Added.Count == 0 ? RowLevelCommand.Delete : RowLevelCommand.Update)) == RowLevelCommand.Delete;

    internal override SnapshotChange Plan(TableMetadata metadata, string table)
    {
        AddedFiles.Check(metadata, table, Added, Deletes);
        var referenced = ReferencedDataFiles.ToHashSet(StringComparer.Ordinal);
        if (Removed.FirstOrDefault(f => referenced.Contains(f.FilePath)) is { } both)
        {
            throw new InvalidTableArgumentException($"a change of table '{table}' removes '{both.FilePath}' and adds deletes that refer to it; leave one of the two out");
        }

        return new SnapshotChange
        {
            Operation = (Added.Count > 0, Deletes.Count > 0) switch
            {
                (true, false) when Removed.Count == 0 => "append",
                (false, true) => "delete",
                _ => "overwrite",
            },
            Added = [.. Added, .. Deletes],
            Removed = [.. Removed, .. RemovedDeletes],
            MayBeGone = IsDelete && Check is not null ? Removed.Concat(RemovedDeletes).Select(f => f.FilePath).ToHashSet(StringComparer.Ordinal) : new HashSet<string>(),
        };
    }

    internal override async Task ValidateAsync(ConflictHistory history, SnapshotChange change, CancellationToken cancellationToken)
    {
        if (Check is not { } check)
        {
            return;
        }

        var scope = new ConflictScope(check.Filter);
        var since = await history.SinceAsync(check.FromSnapshotId, cancellationToken).ConfigureAwait(false);
        await since.RefuseRemovalOfAsync([.. ReferencedDataFiles, .. Removed.Select(f => f.FilePath)], ignoreDeletes: IsDelete, cancellationToken).ConfigureAwait(false);
        if (check.Isolation == IsolationLevel.Serializable)
        {
            await since.RefuseAddedDataAsync(scope, cancellationToken).ConfigureAwait(false);
        }

        if (!IsDelete)
        {
            await since.RefuseDeletesOfAsync(Removed, new ConflictScope(Filter.True), ignoreEqualityDeletes: false, cancellationToken).ConfigureAwait(false);
            await since.RefuseAddedDeletesAsync(scope, cancellationToken).ConfigureAwait(false);
        }
    }
}
