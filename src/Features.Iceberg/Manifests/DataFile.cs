namespace Features.Iceberg.Manifests;

/// <summary>What a data or delete file holds.</summary>
public enum FileContent
{
    /// <summary>Rows.</summary>
    Data = 0,
    /// <summary>Positions of deleted rows, or a deletion vector.</summary>
    PositionDeletes = 1,
    /// <summary>Values of deleted rows.</summary>
    EqualityDeletes = 2,
}

/// <summary>A data or delete file as a manifest describes it ("Manifests", struct <c>data_file</c>). Maps are by field id; null where the writer recorded none.</summary>
public sealed record DataFile
{
    /// <summary>What the file holds.</summary>
    public FileContent Content { get; init; }

    /// <summary>The full location.</summary>
    public required string FilePath { get; init; }

    /// <summary><c>PARQUET</c>, <c>AVRO</c>, <c>ORC</c> or <c>PUFFIN</c>, upper case.</summary>
    public required string FileFormat { get; init; }

    /// <summary>The spec that <see cref="Partition"/> belongs to; from the manifest, not the entry.</summary>
    public int SpecId { get; init; }

    /// <summary>Partition values in the order of the spec's fields, as <c>SingleValue</c> represents them; null is a null partition.</summary>
    public required IReadOnlyList<object?> Partition { get; init; }

    /// <summary>Rows in the file.</summary>
    public required long RecordCount { get; init; }

    /// <summary>Bytes of the whole file.</summary>
    public required long FileSizeInBytes { get; init; }

    /// <summary>Bytes on disk per column.</summary>
    public IReadOnlyDictionary<int, long>? ColumnSizes { get; init; }

    /// <summary>Values per column, nulls and NaNs included.</summary>
    public IReadOnlyDictionary<int, long>? ValueCounts { get; init; }

    /// <summary>Nulls per column.</summary>
    public IReadOnlyDictionary<int, long>? NullValueCounts { get; init; }

    /// <summary>NaNs per column.</summary>
    public IReadOnlyDictionary<int, long>? NanValueCounts { get; init; }

    /// <summary>Lower bounds, in the single-value binary serialization (Appendix D).</summary>
    public IReadOnlyDictionary<int, byte[]>? LowerBounds { get; init; }

    /// <summary>Upper bounds, in the single-value binary serialization (Appendix D).</summary>
    public IReadOnlyDictionary<int, byte[]>? UpperBounds { get; init; }

    /// <summary>Encryption key metadata; a file that has some is refused.</summary>
    public byte[]? KeyMetadata { get; init; }

    /// <summary>Row-group offsets, ascending.</summary>
    public IReadOnlyList<long>? SplitOffsets { get; init; }

    /// <summary>The columns an equality delete compares.</summary>
    public IReadOnlyList<int>? EqualityIds { get; init; }

    /// <summary>The order the rows are sorted in; null if unknown.</summary>
    public int? SortOrderId { get; init; }

    /// <summary>v3: the first row's id.</summary>
    public long? FirstRowId { get; init; }

    /// <summary>The only data file that a position-delete file refers to; null for several.</summary>
    public string? ReferencedDataFile { get; init; }

    /// <summary>v3: where a deletion vector lies in its Puffin file.</summary>
    public long? ContentOffset { get; init; }

    /// <summary>v3: the bytes of a deletion vector.</summary>
    public long? ContentSizeInBytes { get; init; }
}
