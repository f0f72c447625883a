using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Sets the table back to an earlier snapshot that its current one descends from; the later ones stay until they are expired.</summary>
public sealed class RollbackTo(long snapshotId) : IAction
{
    /// <inheritdoc/>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    /// <exception cref="InvalidTableArgumentException">The current state does not descend from it.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        _ = SnapshotLookup.Get(metadata, snapshotId, context.TableName);
        if (metadata.CurrentSnapshotId == snapshotId)
        {
            return Task.FromResult(metadata);
        }

        return new SnapshotAncestry(metadata).IsAncestor(snapshotId, metadata.CurrentSnapshot)
            ? Task.FromResult(MetadataHistory.SetCurrent(metadata, snapshotId, context.NowMs))
            : throw new InvalidTableArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"table '{context.TableName}' does not descend from snapshot {snapshotId} and so cannot be rolled back to it; set it as the current snapshot if that is what is meant"));
    }
}
