namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>A row group as a footer describes it.</summary>
internal sealed record FileRowGroup(IReadOnlyList<FileChunk> Chunks, long RowCount)
{
    public static FileRowGroup Read(ref ThriftReader thrift)
    {
        var chunks = new List<FileChunk>();
        long rows = 0;
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (field)
            {
                case 1:
                    for (var left = thrift.List(wire, out _); left > 0; left--)
                    {
                        chunks.Add(FileChunk.Read(ref thrift));
                    }

                    break;
                case 3:
                    rows = thrift.Int64(wire);
                    break;
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        return new FileRowGroup(chunks, rows);
    }
}

/// <summary>Bounds and counts of a chunk; null where its writer gave none. The deprecated bounds have no order that can be trusted for every type.</summary>
internal sealed record ChunkStatistics(byte[]? DeprecatedMin, byte[]? DeprecatedMax, byte[]? Min, byte[]? Max, long? NullCount, long? NanCount)
{
    public static ChunkStatistics Read(ref ThriftReader thrift)
    {
        var statistics = new ChunkStatistics(null, null, null, null, null, null);
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (field)
            {
                case 1:
                    statistics = statistics with { DeprecatedMax = thrift.Binary(wire).ToArray() };
                    break;
                case 2:
                    statistics = statistics with { DeprecatedMin = thrift.Binary(wire).ToArray() };
                    break;
                case 3:
                    statistics = statistics with { NullCount = thrift.Int64(wire) };
                    break;
                case 5:
                    statistics = statistics with { Max = thrift.Binary(wire).ToArray() };
                    break;
                case 6:
                    statistics = statistics with { Min = thrift.Binary(wire).ToArray() };
                    break;
                case 9:
                    statistics = statistics with { NanCount = thrift.Int64(wire) };
                    break;
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        return statistics;
    }
}

/// <summary>A column's chunk in a row group: its codec and where its pages lie.</summary>
internal sealed record FileChunk(int Codec, long ValueCount, long UncompressedBytes, long CompressedBytes, long DataOffset, long? DictionaryOffset, ChunkStatistics? Statistics, bool IsEncrypted, string? OtherFile)
{
    /// <summary>Where the first page lies. Some writers give 0, or a place behind the data, for a dictionary that there is not.</summary>
    public long Start => DictionaryOffset is > 0 and var dictionary && dictionary < DataOffset ? dictionary : DataOffset;

    public static FileChunk Read(ref ThriftReader thrift)
    {
        var chunk = new FileChunk(0, 0, 0, 0, 0, null, null, false, null);
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (field)
            {
                case 1:
                    chunk = chunk with { OtherFile = thrift.String(wire) };
                    break;
                case 3 when wire == WireType.Struct:
                    chunk = chunk.ReadMetadata(ref thrift);
                    break;
                case 8 or 9:
                    chunk = chunk with { IsEncrypted = true };
                    thrift.Skip(wire);
                    break;
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        return chunk;
    }

    private FileChunk ReadMetadata(ref ThriftReader thrift)
    {
        var (codec, values, uncompressed, compressed, data) = (0, 0L, 0L, 0L, 0L);
        long? dictionary = null;
        ChunkStatistics? statistics = null;
        var outer = thrift.Begin();
        while (thrift.Next(out var field, out var wire))
        {
            switch (field)
            {
                case 4:
                    codec = thrift.Int32(wire);
                    break;
                case 5:
                    values = thrift.Int64(wire);
                    break;
                case 6:
                    uncompressed = thrift.Int64(wire);
                    break;
                case 7:
                    compressed = thrift.Int64(wire);
                    break;
                case 9:
                    data = thrift.Int64(wire);
                    break;
                case 11:
                    dictionary = thrift.Int64(wire);
                    break;
                case 12 when wire == WireType.Struct:
                    statistics = ChunkStatistics.Read(ref thrift);
                    break;
                default:
                    thrift.Skip(wire);
                    break;
            }
        }

        thrift.End(outer);
        return this with { Codec = codec, ValueCount = values, UncompressedBytes = uncompressed, CompressedBytes = compressed, DataOffset = data, DictionaryOffset = dictionary, Statistics = statistics };
    }
}
