namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>A row group as a footer describes it.</summary>
internal sealed record FileRowGroup(IReadOnlyList<FileChunk> Chunks, long RowCount)
{
    public static FileRowGroup Of(Parquet.Meta.RowGroup group) => new([.. group.Columns.Select(FileChunk.Of)], group.NumRows);
}

/// <summary>Bounds and counts of a chunk; null where its writer gave none. The deprecated bounds have no order that can be trusted for every type.</summary>
internal sealed record ChunkStatistics(byte[]? DeprecatedMin, byte[]? DeprecatedMax, byte[]? Min, byte[]? Max, long? NullCount)
{
    public static ChunkStatistics Of(Parquet.Meta.Statistics statistics) => new(statistics.Min, statistics.Max, statistics.MinValue, statistics.MaxValue, statistics.NullCount);
}

/// <summary>A column's chunk in a row group: its codec and where its pages lie.</summary>
internal sealed record FileChunk(int Codec, long ValueCount, long UncompressedBytes, long CompressedBytes, long DataOffset, long? DictionaryOffset, ChunkStatistics? Statistics, bool IsEncrypted, string? OtherFile)
{
    /// <summary>Where the first page lies. Some writers give 0, or a place behind the data, for a dictionary that there is not.</summary>
    public long Start => DictionaryOffset is > 0 and var dictionary && dictionary < DataOffset ? dictionary : DataOffset;

    public static FileChunk Of(Parquet.Meta.ColumnChunk chunk)
    {
        var metadata = chunk.MetaData ?? new Parquet.Meta.ColumnMetaData();
        return new FileChunk(
            (int)metadata.Codec, metadata.NumValues, metadata.TotalUncompressedSize, metadata.TotalCompressedSize, metadata.DataPageOffset, metadata.DictionaryPageOffset,
            metadata.Statistics is { } statistics ? ChunkStatistics.Of(statistics) : null,
            chunk.CryptoMetadata is not null || chunk.EncryptedColumnMetadata is not null, chunk.FilePath);
    }
}
