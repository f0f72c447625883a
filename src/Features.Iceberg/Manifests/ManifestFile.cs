namespace Features.Iceberg.Manifests;

/// <summary>A manifest as its manifest list describes it ("Manifest Lists", struct <c>manifest_file</c>).</summary>
public sealed record ManifestFile
{
    /// <summary>The sequence number of a manifest whose snapshot is not committed yet; the manifest list gives it the snapshot's.</summary>
    public const long UnassignedSequenceNumber = -1;

    /// <summary>The full location.</summary>
    public required string ManifestPath { get; init; }

    /// <summary>Bytes.</summary>
    public required long ManifestLength { get; init; }

    /// <summary>The spec of its files.</summary>
    public required int PartitionSpecId { get; init; }

    /// <summary>True if it lists delete files.</summary>
    public bool IsDeletes { get; init; }

    /// <summary>The sequence number it was added in; 0 in v1.</summary>
    public long SequenceNumber { get; init; }

    /// <summary>The lowest data sequence number of its live files; 0 in v1.</summary>
    public long MinSequenceNumber { get; init; }

    /// <summary>The snapshot that added it.</summary>
    public required long AddedSnapshotId { get; init; }

    /// <summary>Counts of entries and rows by status; null if the writer recorded none.</summary>
    public int? AddedFilesCount { get; init; }

    /// <inheritdoc cref="AddedFilesCount"/>
    public int? ExistingFilesCount { get; init; }

    /// <inheritdoc cref="AddedFilesCount"/>
    public int? DeletedFilesCount { get; init; }

    /// <inheritdoc cref="AddedFilesCount"/>
    public long? AddedRowsCount { get; init; }

    /// <inheritdoc cref="AddedFilesCount"/>
    public long? ExistingRowsCount { get; init; }

    /// <inheritdoc cref="AddedFilesCount"/>
    public long? DeletedRowsCount { get; init; }

    /// <summary>A summary per partition field; null if the writer recorded none.</summary>
    public IReadOnlyList<PartitionFieldSummary>? Partitions { get; init; }

    /// <summary>Encryption key metadata; a manifest that has some is refused.</summary>
    public byte[]? KeyMetadata { get; init; }

    /// <summary>v3: the first row id of its files.</summary>
    public long? FirstRowId { get; init; }
}

/// <summary>What partition values occur in a manifest. Bounds are in the single-value binary serialization; null if all values are null or NaN.</summary>
public sealed record PartitionFieldSummary(bool ContainsNull, bool? ContainsNan, byte[]? LowerBound, byte[]? UpperBound);

/// <summary>An entry's status.</summary>
public enum ManifestEntryStatus
{
    /// <summary>Carried over.</summary>
    Existing = 0,
    /// <summary>Added in the snapshot that wrote the manifest.</summary>
    Added = 1,
    /// <summary>Removed in the snapshot that wrote the manifest.</summary>
    Deleted = 2,
}

/// <summary>A file in a manifest, with its inherited snapshot id and sequence numbers resolved.</summary>
public sealed record ManifestEntry(ManifestEntryStatus Status, long? SnapshotId, long? SequenceNumber, long? FileSequenceNumber, DataFile File);
