namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>A column of a row group as it was written: places and sizes in bytes.</summary>
internal sealed record ColumnChunk(
    SchemaNode Node, PhysicalType Physical, int ValueCount, int NullCount, object? Min, object? Max, long? DictionaryOffset, long DataOffset, long CompressedBytes, long UncompressedBytes)
{
    public long Start => DictionaryOffset ?? DataOffset;
}

/// <summary>A row group as it was written.</summary>
internal sealed record RowGroup(int RowCount, IReadOnlyList<ColumnChunk> Chunks);
