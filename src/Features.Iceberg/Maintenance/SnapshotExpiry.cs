using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

/// <summary>
/// Expires snapshots, and then removes the files that only they were made of. Branches and tags keep what their own settings ask for; snapshots that no ref leads to go by age alone.
/// Without any of the properties here the table's own decide: <c>history.expire.max-snapshot-age-ms</c> (5 days), <c>history.expire.min-snapshots-to-keep</c> (1) and <c>history.expire.max-ref-age-ms</c> (no limit).
/// </summary>
public sealed class SnapshotExpiry(Table table)
{
    /// <summary>Snapshots made before this time go, as far as <see cref="RetainLast"/> and the refs let them; null for the table's own age limit.</summary>
    public DateTimeOffset? OlderThan { get; init; }

    /// <summary>How many snapshots each branch keeps at least, its current one among them; null for the table's own number.</summary>
    public int? RetainLast { get; init; }

    /// <summary>Snapshots to expire by id, whatever their age; unless <see cref="OlderThan"/> or <see cref="RetainLast"/> is given as well, no others go. Empty for none.</summary>
    public IReadOnlyCollection<long> SnapshotIds { get; init; } = [];

    /// <summary>False leaves all files where they are, for <see cref="OrphanRemoval"/> to find; default true.</summary>
    public bool RemovesFiles { get; init; } = true;

    /// <summary>Lists what would go; changes nothing.</summary>
    /// <exception cref="InvalidTableArgumentException">A branch or tag stands on a snapshot named, <see cref="RetainLast"/> is below 1, the table was opened by location, its property <c>gc.enabled</c> is false, or one of <c>history.expire.*</c> is no number.</exception>
    /// <exception cref="NotFoundException">A snapshot named, or the table, is gone.</exception>
    public async Task<SnapshotExpiryPlan> PlanAsync(IProgress<MaintenanceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (RetainLast < 1)
        {
            throw new InvalidTableArgumentException($"an expiry on table '{table.Name}' must retain at least 1 snapshot a branch, not {RetainLast}");
        }

        var current = await MaintainedTable.RefreshAsync(table, cancellationToken).ConfigureAwait(false);
        MaintainedTable.RefuseSharedFiles(current);
        var (byAge, refs) = SnapshotIds.Count > 0 && OlderThan is null && RetainLast is null
            ? ([], [])
            : new SnapshotRetention(current.Catalog!.Clock.GetUtcNow().ToUnixTimeMilliseconds(), OlderThan?.ToUnixTimeMilliseconds(), RetainLast).Expired(current.Metadata);
        var named = SnapshotRetention.Named(current.Metadata, SnapshotIds, current.Name);
        Snapshot[] expired = [.. current.Metadata.Snapshots.Where(s => byAge.Contains(s) || named.Contains(s))];
        var ids = expired.Select(s => s.SnapshotId).ToHashSet();
        var files = RemovesFiles
            ? await ExpiredFiles.ListAsync(current, expired, current.Metadata.Snapshots.Where(s => !ids.Contains(s.SnapshotId)), progress, cancellationToken).ConfigureAwait(false)
            : [];
        return new SnapshotExpiryPlan(current, expired, refs, files);
    }

    /// <summary>
    /// Expires what was planned in one commit, and then removes the files that, by the table as it stands after it, no snapshot needs any more. If it is broken off after the commit, the files that are left are orphans.
    /// </summary>
    /// <exception cref="InvalidTableArgumentException">A branch or tag has come to stand on a planned snapshot meanwhile, or the plan is another table's; nothing was changed.</exception>
    /// <exception cref="CommitStateUnknownException">The catalog did not say whether the commit took place; no file was removed.</exception>
    public async Task<SnapshotExpiryResult> ExecuteAsync(SnapshotExpiryPlan plan, IProgress<MaintenanceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        MaintainedTable.RefuseOther(table, plan.Table);
        if (plan.IsEmpty)
        {
            return new SnapshotExpiryResult(new CommitResult(plan.Table, Changed: false), [], [], new RemovedFiles(0, []));
        }

        var transaction = plan.Table.NewTransaction();
        foreach (var name in plan.Refs)
        {
            transaction.Add(new RemoveOldRef(name, plan.Table.Metadata.Refs[name]));
        }

        var commit = await transaction.Add(new RemoveSnapshots([.. plan.Snapshots.Select(s => s.SnapshotId)])).CommitAsync(cancellationToken).ConfigureAwait(false);
        var removed = new RemovedFiles(0, []);
        if (RemovesFiles)
        {
            var files = await ExpiredFiles.ListAsync(Before(commit.Table, plan.Table), plan.Snapshots, commit.Table.Metadata.Snapshots, progress, cancellationToken).ConfigureAwait(false);
            removed = await FileRemoval.RemoveAsync(commit.Table.Storage, [.. files.Select(f => f.Location)], progress, cancellationToken).ConfigureAwait(false);
        }

        return new SnapshotExpiryResult(commit, plan.Snapshots, plan.Refs, removed);
    }

    // The expired snapshots' manifests may be of specs and schemas that only either version of the table names.
    private static Table Before(Table after, Table before) => new(
        after.Name,
        after.Identifier,
        after.Metadata with
        {
            PartitionSpecs = [.. after.Metadata.PartitionSpecs.Concat(before.Metadata.PartitionSpecs).DistinctBy(s => s.SpecId)],
            Schemas = [.. after.Metadata.Schemas.Concat(before.Metadata.Schemas).DistinctBy(s => s.SchemaId)],
            Unknown = before.Metadata.Unknown,
        },
        after.MetadataLocation,
        after.Storage,
        after.Catalog);
}
