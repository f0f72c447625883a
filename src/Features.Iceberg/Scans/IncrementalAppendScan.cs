using System.Globalization;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Scans;

/// <summary>The rows that appends added between two snapshots of one lineage; what other operations (overwrite, replace, delete) did is passed over, deletes too. Immutable, like <see cref="TableScan"/>.</summary>
public sealed record IncrementalAppendScan(Table Table)
{
    /// <summary>The snapshot after which appends count; null for all since the table began, as far as its history is kept.</summary>
    public long? FromSnapshotId { get; init; }

    /// <summary>True if the appends of <see cref="FromSnapshotId"/> itself count too; default false.</summary>
    public bool IncludesFrom { get; init; }

    /// <summary>The last snapshot; null for the current one.</summary>
    public long? ToSnapshotId { get; init; }

    /// <summary>The columns to read, as <see cref="TableScan.Columns"/>.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Which rows are wanted, as <see cref="TableScan.Filter"/>.</summary>
    public Filter Filter { get; init; } = Filter.True;

    /// <summary>Plans the scan: the data files that the appends added, read with the table's current schema.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    /// <exception cref="InvalidTableArgumentException"><see cref="FromSnapshotId"/> is no ancestor of <see cref="ToSnapshotId"/>, or a column does not exist.</exception>
    public async Task<ScanPlan> PlanAsync(CancellationToken cancellationToken)
    {
        var scan = new TableScan(Table) { SnapshotId = ToSnapshotId, SchemaId = Table.Metadata.CurrentSchemaId, Columns = Columns, Filter = Filter };
        var to = scan.FindSnapshot();
        var appends = Appends(to).ToDictionary(s => s.SnapshotId);
        var manifests = new Dictionary<string, ManifestFile>();
        foreach (var append in appends.Values)
        {
            // Later snapshots may list the same manifests, or have merged them.
            foreach (var manifest in await ManifestListReader.ReadAsync(Table.Storage, append, cancellationToken).ConfigureAwait(false))
            {
                if (!manifest.IsDeletes && appends.ContainsKey(manifest.AddedSnapshotId))
                {
                    manifests.TryAdd(manifest.ManifestPath, manifest);
                }
            }
        }

        var planner = new ScanPlanner(Table, scan.FindSchema(), Filter)
        {
            Wants = e => e.Status == ManifestEntryStatus.Added && e.SnapshotId is { } id && appends.ContainsKey(id),
        };
        return await planner.PlanAsync(to, scan.FindProjection(), [.. manifests.Values], cancellationToken).ConfigureAwait(false);
    }

    private List<Snapshot> Appends(Snapshot? to)
    {
        var metadata = Table.Metadata;
        var ancestry = new SnapshotAncestry(metadata);
        if (FromSnapshotId is { } from && (to is null || (metadata.FindSnapshot(from) is null && !ancestry.Of(to).Any(s => s.ParentId == from))))
        {
            throw new NotFoundException("snapshot", from.ToString(CultureInfo.InvariantCulture), $"it may have expired; table '{Table.Name}' keeps {metadata.Snapshots.Count} snapshots, see its history");
        }

        var appends = new List<Snapshot>();
        foreach (var snapshot in ancestry.Of(to))
        {
            var isFrom = snapshot.SnapshotId == FromSnapshotId;
            if (snapshot.Operation == "append" && (!isFrom || IncludesFrom))
            {
                appends.Add(snapshot);
            }

            // The snapshot before may have expired; what came after it is all here.
            if (isFrom || (!IncludesFrom && FromSnapshotId is not null && snapshot.ParentId == FromSnapshotId))
            {
                return appends;
            }
        }

        return FromSnapshotId is null ? appends : throw new InvalidTableArgumentException(string.Create(
            CultureInfo.InvariantCulture, $"snapshot {FromSnapshotId} is no ancestor of snapshot {to?.SnapshotId} in table '{Table.Name}'; name two snapshots of one line of history"));
    }
}
