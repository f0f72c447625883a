using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>The history of the branch that a commit goes to, for its checks.</summary>
internal sealed class ConflictHistory(TableMetadata metadata, Snapshot? parent, CommitContext context, SnapshotDraft draft)
{
    /// <summary>The snapshots after the one that was read (null: all of them).</summary>
    /// <exception cref="CommitConflictException">The history does not reach that snapshot (any more).</exception>
    public Task<SnapshotsSince> SinceAsync(long? fromSnapshotId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var ancestry = new SnapshotAncestry(metadata);
        var since = new List<Snapshot>();
        var reached = parent is null && fromSnapshotId is null;
        foreach (var snapshot in ancestry.Of(parent))
        {
            if (snapshot.SnapshotId == fromSnapshotId)
            {
                reached = true;
                break;
            }

            if (!context.OwnSnapshots.Contains(snapshot.SnapshotId))
            {
                since.Add(snapshot);
            }

            // A parent that was expired ends the walk short of the first snapshot.
            reached = fromSnapshotId is null && snapshot.ParentId is null;
        }

        var from = fromSnapshotId is { } id ? metadata.FindSnapshot(id) : null;
        return reached
            ? Task.FromResult(new SnapshotsSince(metadata, since, from?.SequenceNumber ?? 0, context, draft))
            : throw new CommitConflictException(context.TableName, fromSnapshotId is { } read
                ? string.Create(CultureInfo.InvariantCulture, $"its history no longer leads back to snapshot {read}, which was read, so that what came in between cannot be checked")
                : "its first snapshots were expired, so that what came since it was empty cannot be checked");
    }
}
