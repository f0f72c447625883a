using System.Globalization;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Scans;

/// <summary>A scan being described. Immutable; each call returns the next description.</summary>
public sealed record TableScan(Table Table)
{
    /// <summary>The snapshot to read; null for the current one.</summary>
    public long? SnapshotId { get; init; }

    /// <summary>The schema to read with; null for the current one, or, if <see cref="SnapshotId"/> names a snapshot, the one that it was made with ("Time travel" of the specification).</summary>
    public int? SchemaId { get; init; }

    /// <summary>The columns to read, in order; null for all of the table's. <see cref="MetadataColumns"/> are named as they are (<c>_file</c>, <c>_pos</c>, …).</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Which rows are wanted; prunes manifests and files, and is handed on as each file's residual.</summary>
    public Filter Filter { get; init; } = Filter.True;

    /// <summary>True if the files of the plan keep the metrics of their columns, which take most of a manifest; by default they are left out once they have served to prune.</summary>
    public bool KeepsMetrics { get; init; }

    /// <summary>Reads the snapshot of a branch (with the table's current schema) or tag (with the schema it was made with).</summary>
    /// <exception cref="NotFoundException">There is no such branch or tag.</exception>
    public TableScan UseRef(string name)
    {
        if (Table.Metadata.Refs.GetValueOrDefault(name) is { } reference)
        {
            return this with { SnapshotId = reference.SnapshotId, SchemaId = reference.IsBranch ? Table.Metadata.CurrentSchemaId : null };
        }

        // Metadata of version 1 need not list refs; main then is the current snapshot.
        if (name == "main")
        {
            return this with { SnapshotId = null, SchemaId = null };
        }

        var standing = Table.Metadata.Refs.Count == 0 ? "it has none" : $"it has {string.Join(", ", Table.Metadata.Refs.Keys.Order(StringComparer.Ordinal))}";
        throw new NotFoundException("ref", name, $"name a branch or tag of table '{Table.Name}': {standing}");
    }

    /// <summary>Reads what was current at a time, by the table's snapshot log.</summary>
    /// <exception cref="NotFoundException">The table had no snapshot then, or it is no longer kept.</exception>
    public TableScan AsOf(DateTimeOffset time)
    {
        var metadata = Table.Metadata;
        IReadOnlyList<SnapshotLogEntry> log = metadata.SnapshotLog.Count > 0
            ? metadata.SnapshotLog
            : [.. metadata.Snapshots.OrderBy(s => s.TimestampMs).Select(s => new SnapshotLogEntry(s.TimestampMs, s.SnapshotId))];
        var at = log.LastOrDefault(e => e.TimestampMs <= time.ToUnixTimeMilliseconds());
        if (at is not null && metadata.FindSnapshot(at.SnapshotId) is not null)
        {
            return this with { SnapshotId = at.SnapshotId, SchemaId = null };
        }

        var remedy = at is not null
            ? "the snapshot that was current then is no longer kept; choose a later time"
            : log.Count == 0 ? $"table '{Table.Name}' has no snapshots" : $"the history of table '{Table.Name}' begins at {DateTimeOffset.FromUnixTimeMilliseconds(log[0].TimestampMs):O}";
        throw new NotFoundException("snapshot", $"as of {time.ToUniversalTime():O}", remedy);
    }

    /// <summary>Plans the scan: which files, with which schema.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    /// <exception cref="InvalidTableArgumentException">A column does not exist.</exception>
    /// <exception cref="UnsupportedFeatureException">The table has encrypted manifests, data or delete files.</exception>
    public async Task<ScanPlan> PlanAsync(CancellationToken cancellationToken)
    {
        var snapshot = FindSnapshot();
        var planner = new ScanPlanner(Table, FindSchema(), Filter) { KeepsMetrics = KeepsMetrics };
        var projection = FindProjection();
        var manifests = snapshot is null ? [] : await ManifestListReader.ReadAsync(Table.Storage, snapshot, cancellationToken).ConfigureAwait(false);
        return await planner.PlanAsync(snapshot, projection, manifests, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plans the scan and reads its rows: the projection's columns, deletes and filter applied. The consumer disposes each batch. Errors are those of <see cref="PlanAsync"/> and <see cref="ScanReader"/>.</summary>
    public async IAsyncEnumerable<RecordBatch> ReadAsync(IDataFileFormat format, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var batch in new ScanReader(format, Table.Storage).ReadAsync(plan, cancellationToken).ConfigureAwait(false))
        {
            yield return batch;
        }
    }

    /// <summary>The snapshot that is read; null for a table that has none.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    public Snapshot? FindSnapshot()
    {
        var metadata = Table.Metadata;
        if (SnapshotId is not { } id)
        {
            return metadata.CurrentSnapshot;
        }

        return metadata.FindSnapshot(id) ?? throw new NotFoundException(
            "snapshot", id.ToString(CultureInfo.InvariantCulture), $"it may have expired; table '{Table.Name}' keeps {metadata.Snapshots.Count} snapshots, see its history");
    }

    /// <summary>The whole schema that the snapshot is read with.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot or schema.</exception>
    public Schema FindSchema()
    {
        var metadata = Table.Metadata;
        var snapshot = FindSnapshot();
        var id = SchemaId ?? (SnapshotId is null ? null : snapshot?.SchemaId) ?? metadata.CurrentSchemaId;
        return metadata.Schemas.FirstOrDefault(s => s.SchemaId == id)
            ?? throw new NotFoundException("schema", id.ToString(CultureInfo.InvariantCulture), $"table '{Table.Name}' has the schemas {string.Join(", ", metadata.Schemas.Select(s => s.SchemaId))}");
    }

    /// <summary>The columns that are read, in order: of the schema, or of <see cref="MetadataColumns"/> where it has none of the name.</summary>
    /// <exception cref="InvalidTableArgumentException">A name is neither; the message lists the columns.</exception>
    public Schema FindProjection()
    {
        var schema = FindSchema();
        if (Columns is null)
        {
            return schema;
        }

        string[] unknown = [.. Columns.Where(n => schema.Find(n) is null && MetadataColumns.Find(n, Table.Metadata) is null)];
        return unknown.Length > 0
            ? schema.Select(unknown)
            : schema with { Fields = [.. Columns.Select(n => schema.Find(n) ?? MetadataColumns.Find(n, Table.Metadata)!)] };
    }
}
