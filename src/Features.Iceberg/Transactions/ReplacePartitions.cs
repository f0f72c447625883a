using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Adds data files and removes all others of their partitions (dynamic partition overwrite); in an unpartitioned table all others.</summary>
public sealed class ReplacePartitions(IReadOnlyList<DataFile> files) : SnapshotAction
{
    /// <summary>What to check of others' commits to the replaced partitions; null checks nothing.</summary>
    public ConflictCheck? Check { get; init; }

    internal override SnapshotChange Plan(TableMetadata metadata, string table)
    {
        AddedFiles.Check(metadata, table, files);
        return ReplacesAll(metadata)
            ? new SnapshotChange { Operation = "overwrite", Added = files, RemovedRows = Filter.True }
            : new SnapshotChange { Operation = "overwrite", Added = files, RemovedPartitions = AddedFiles.Partitions(files) };
    }

    internal override async Task ValidateAsync(ConflictHistory history, SnapshotChange change, CancellationToken cancellationToken)
    {
        if (Check is not { } check)
        {
            return;
        }

        var scope = new ConflictScope(check.Filter, change.RemovedRows is null ? change.RemovedPartitions : null);
        var since = await history.SinceAsync(check.FromSnapshotId, cancellationToken).ConfigureAwait(false);
        if (check.Isolation == IsolationLevel.Serializable)
        {
            await since.RefuseAddedDataAsync(scope, cancellationToken).ConfigureAwait(false);
        }

        await since.RefuseRemovedDataAsync(scope, cancellationToken).ConfigureAwait(false);
        await since.RefuseAddedDeletesAsync(scope, cancellationToken).ConfigureAwait(false);
    }

    // One partition that is the table.
    private bool ReplacesAll(TableMetadata metadata) =>
        files.Any(f => metadata.PartitionSpecs.First(s => s.SpecId == f.SpecId).Fields.All(field => field.Transform.Kind == TransformKind.Void));
}
