namespace Features.Iceberg.Spec;

/// <summary>A state of a table at one time.</summary>
/// <param name="SnapshotId">Unique in the table.</param>
/// <param name="ParentId">The snapshot that this one was made from; null for the first.</param>
/// <param name="SequenceNumber">The order of commits; 0 in v1.</param>
/// <param name="TimestampMs">Milliseconds since 1970-01-01 UTC.</param>
/// <param name="ManifestList">The manifest list's location; null in v1 tables that list manifests inline.</param>
/// <param name="Manifests">v1 inline manifest locations; null otherwise.</param>
/// <param name="Summary">What the commit did; key <c>operation</c> is append, replace, overwrite or delete.</param>
/// <param name="SchemaId">The schema current when it was made; null if not recorded.</param>
/// <param name="FirstRowId">v3 row lineage; null before v3.</param>
/// <param name="AddedRows">v3 row lineage; null before v3.</param>
/// <param name="KeyId">v3: the key that the manifest list is encrypted with, which cannot be read; null for none.</param>
public sealed record Snapshot(
    long SnapshotId,
    long? ParentId,
    long SequenceNumber,
    long TimestampMs,
    string? ManifestList,
    IReadOnlyList<string>? Manifests,
    IReadOnlyDictionary<string, string> Summary,
    int? SchemaId,
    long? FirstRowId = null,
    long? AddedRows = null,
    string? KeyId = null)
{
    /// <summary>append, replace, overwrite or delete; null if the writer did not say.</summary>
    public string? Operation => Summary.GetValueOrDefault("operation");
}

/// <summary>A branch or tag. Ages are milliseconds; null keeps for ever.</summary>
public sealed record SnapshotRef(long SnapshotId, bool IsBranch, int? MinSnapshotsToKeep = null, long? MaxSnapshotAgeMs = null, long? MaxRefAgeMs = null)
{
    /// <summary>The branch whose snapshot is the table's current one.</summary>
    public const string Main = "main";
}

/// <summary>An entry of the snapshot log: which snapshot became current when (milliseconds since 1970-01-01 UTC).</summary>
public sealed record SnapshotLogEntry(long TimestampMs, long SnapshotId);

/// <summary>An entry of the metadata log: an earlier metadata file (milliseconds since 1970-01-01 UTC).</summary>
public sealed record MetadataLogEntry(long TimestampMs, string MetadataFile);
