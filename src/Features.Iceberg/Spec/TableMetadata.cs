using System.Text.Json.Nodes;

namespace Features.Iceberg.Spec;

/// <summary>All of a table but its manifests and data ("Table Metadata Fields"), whatever version it was read from.</summary>
public sealed record TableMetadata
{
    /// <summary>1, 2 or 3.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>The table's identity; null only in v1 tables that have none.</summary>
    public required Guid? TableUuid { get; init; }

    /// <summary>The base location, without a trailing slash.</summary>
    public required string Location { get; init; }

    /// <summary>The highest sequence number given out; 0 in v1.</summary>
    public long LastSequenceNumber { get; init; }

    /// <summary>Milliseconds since 1970-01-01 UTC.</summary>
    public required long LastUpdatedMs { get; init; }

    /// <summary>The highest field id given out.</summary>
    public required int LastColumnId { get; init; }

    /// <summary>All schemas, by id.</summary>
    public required IReadOnlyList<Schema> Schemas { get; init; }

    /// <summary>The id of the current schema.</summary>
    public required int CurrentSchemaId { get; init; }

    /// <summary>All partition specs.</summary>
    public required IReadOnlyList<PartitionSpec> PartitionSpecs { get; init; }

    /// <summary>The spec that writers use.</summary>
    public required int DefaultSpecId { get; init; }

    /// <summary>The highest partition field id given out; 999 for none.</summary>
    public required int LastPartitionId { get; init; }

    /// <summary>All sort orders.</summary>
    public IReadOnlyList<SortOrder> SortOrders { get; init; } = [SortOrder.Unsorted];

    /// <summary>The order that writers use.</summary>
    public int DefaultSortOrderId { get; init; }

    /// <summary>Table properties.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>The current snapshot's id; null if the table has none (written as -1 in v1 and v2, as Java does).</summary>
    public long? CurrentSnapshotId { get; init; }

    /// <summary>All snapshots that were not expired.</summary>
    public IReadOnlyList<Snapshot> Snapshots { get; init; } = [];

    /// <summary>Branches and tags by name; <c>main</c> equals the current snapshot.</summary>
    public IReadOnlyDictionary<string, SnapshotRef> Refs { get; init; } = new Dictionary<string, SnapshotRef>();

    /// <summary>Which snapshot was current when, oldest first.</summary>
    public IReadOnlyList<SnapshotLogEntry> SnapshotLog { get; init; } = [];

    /// <summary>Earlier metadata files, oldest first.</summary>
    public IReadOnlyList<MetadataLogEntry> MetadataLog { get; init; } = [];

    /// <summary>v3: the next row id; null before v3.</summary>
    public long? NextRowId { get; init; }

    /// <summary>Fields of the JSON document that this version does not interpret (statistics, encryption keys, …), written back as they were.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Unknown { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>The current schema.</summary>
    public Schema CurrentSchema => Schemas.First(s => s.SchemaId == CurrentSchemaId);

    /// <summary>The partition spec that writers use.</summary>
    public PartitionSpec DefaultSpec => PartitionSpecs.First(s => s.SpecId == DefaultSpecId);

    /// <summary>The sort order that writers use.</summary>
    public SortOrder DefaultSortOrder => SortOrders.First(s => s.OrderId == DefaultSortOrderId);

    /// <summary>The current snapshot, or null.</summary>
    public Snapshot? CurrentSnapshot => CurrentSnapshotId is { } id ? FindSnapshot(id) : null;

    /// <summary>The snapshot with this id, or null.</summary>
    public Snapshot? FindSnapshot(long id) => Snapshots.FirstOrDefault(s => s.SnapshotId == id);

    /// <summary>The struct of a spec's partition values (see <see cref="PartitionSpec.PartitionType(Schema)"/>); a source column dropped from the current schema is taken from the newest that has it.</summary>
    public StructType PartitionType(PartitionSpec spec) => spec.PartitionType(id => Schemas
        .OrderByDescending(s => s.SchemaId == CurrentSchemaId)
        .ThenByDescending(s => s.SchemaId)
        .Select(s => s.FindNested(id))
        .FirstOrDefault(f => f is not null));
}
