using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Makes any snapshot the table's current one, also one that the current does not descend from, such as a branch's.</summary>
public sealed class SetCurrentSnapshot(long snapshotId) : IAction
{
    /// <inheritdoc/>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        _ = SnapshotLookup.Get(metadata, snapshotId, context.TableName);
        return Task.FromResult(metadata.CurrentSnapshotId == snapshotId ? metadata : MetadataHistory.SetCurrent(metadata, snapshotId, context.NowMs));
    }
}
