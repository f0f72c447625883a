using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>One change of a table's metadata, as a commit to a REST catalog tells it (REST specification, schema <c>TableUpdate</c>).</summary>
internal abstract record MetadataUpdate
{
    /// <summary>In place of an id: that which was added last.</summary>
    public const int LastAdded = -1;

    internal sealed record AssignUuid(Guid Uuid) : MetadataUpdate;

    internal sealed record UpgradeFormatVersion(int Version) : MetadataUpdate;

    internal sealed record SetLocation(string Location) : MetadataUpdate;

    internal sealed record SetProperties(IReadOnlyDictionary<string, string> Updates) : MetadataUpdate;

    internal sealed record RemoveProperties(IReadOnlyList<string> Removals) : MetadataUpdate;

    internal sealed record AddSchema(Schema Schema, int LastColumnId) : MetadataUpdate;

    internal sealed record SetCurrentSchema(int SchemaId) : MetadataUpdate;

    internal sealed record RemoveSchemas(IReadOnlyList<int> SchemaIds) : MetadataUpdate;

    internal sealed record AddSpec(PartitionSpec Spec) : MetadataUpdate;

    internal sealed record SetDefaultSpec(int SpecId) : MetadataUpdate;

    internal sealed record RemovePartitionSpecs(IReadOnlyList<int> SpecIds) : MetadataUpdate;

    internal sealed record AddSortOrder(SortOrder Order) : MetadataUpdate;

    internal sealed record SetDefaultSortOrder(int OrderId) : MetadataUpdate;

    internal sealed record AddSnapshot(Snapshot Snapshot) : MetadataUpdate;

    internal sealed record SetSnapshotRef(string Name, SnapshotRef Reference) : MetadataUpdate;

    internal sealed record RemoveSnapshotRef(string Name) : MetadataUpdate;

    internal sealed record RemoveSnapshots(IReadOnlyList<long> SnapshotIds) : MetadataUpdate;

    internal sealed record SetStatistics(long SnapshotId, JsonNode File) : MetadataUpdate;

    internal sealed record RemoveStatistics(long SnapshotId) : MetadataUpdate;

    internal sealed record SetPartitionStatistics(JsonNode File) : MetadataUpdate;

    internal sealed record RemovePartitionStatistics(long SnapshotId) : MetadataUpdate;

    internal sealed record AddEncryptionKey(JsonNode Key) : MetadataUpdate;

    internal sealed record RemoveEncryptionKey(string KeyId) : MetadataUpdate;
}
