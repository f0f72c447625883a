namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Reads the wanted leaves of one row group, batch by batch. Their packed bytes are fetched at once; they are unpacked and decoded as the batches ask for them.</summary>
internal sealed class RowGroupReader
{
    private const int MostRows = 1 << 16, MostValues = 1 << 20, MostBytes = 64 << 20;

    // Old writers left the header of the dictionary page out of the length.
    private const int LengthSlack = 128;

    private readonly Dictionary<FileNode, LeafReader> readers = [];
    private readonly int batchRows;
    private long left;

    private RowGroupReader(long rows, int batchRows)
    {
        left = rows;
        this.batchRows = batchRows;
    }

    public static async Task<RowGroupReader> OpenAsync(Stream file, FileRowGroup group, IReadOnlyDictionary<FileNode, int> leaves, CancellationToken cancellationToken)
    {
        var chunks = leaves.Select(l => (Leaf: l.Key, Chunk: group.Chunks[l.Value])).OrderBy(c => c.Chunk.Start).ToList();
        var reader = new RowGroupReader(group.RowCount, BatchRows(group.RowCount, [.. chunks.Select(c => c.Chunk)]));
        foreach (var (leaf, chunk) in chunks)
        {
            reader.readers.Add(leaf, LeafReader.Of(leaf, chunk, await FetchAsync(file, leaf, chunk, group.RowCount, cancellationToken).ConfigureAwait(false)));
        }

        return reader;
    }

    /// <summary>The next rows; null behind the last.</summary>
    public BatchLeaves? Next()
    {
        if (left == 0)
        {
            foreach (var reader in readers.Values)
            {
                reader.RefuseMore();
            }

            return null;
        }

        var rows = (int)Math.Min(left, batchRows);
        left -= rows;
        return new BatchLeaves(readers, rows);
    }

    /// <summary>Fewer rows where rows are wide, so that a batch stays small.</summary>
    private static int BatchRows(long rows, IReadOnlyList<FileChunk> chunks)
    {
        var most = (double)MostRows;
        foreach (var chunk in chunks.Where(c => c.ValueCount > 0))
        {
            most = Math.Min(most, (double)MostValues * rows / chunk.ValueCount);
        }

        var bytes = chunks.Sum(c => (double)c.UncompressedBytes);
        return (int)Math.Clamp(bytes > 0 ? Math.Min(most, MostBytes * rows / bytes) : most, 1, MostRows);
    }

    private static async Task<ReadOnlyMemory<byte>> FetchAsync(Stream file, FileNode leaf, FileChunk chunk, long rows, CancellationToken cancellationToken)
    {
        var column = string.Join('.', leaf.Path);
        if (chunk.IsEncrypted)
        {
            throw new NotSupportedException($"encryption of column '{column}'");
        }

        if (chunk.OtherFile is { } other)
        {
            throw new NotSupportedException($"column '{column}' being in another file ('{other}')");
        }

        if (chunk.Start < 4 || chunk.CompressedBytes < 0 || chunk.CompressedBytes > file.Length - chunk.Start || (leaf.Repetition == 0 ? chunk.ValueCount != rows : chunk.ValueCount < rows))
        {
            throw new InvalidDataException($"column '{column}' has {chunk.ValueCount} values in {chunk.CompressedBytes} bytes at {chunk.Start}, of {rows} rows in a file of {file.Length} bytes");
        }

        var length = Math.Min(chunk.CompressedBytes + LengthSlack, file.Length - chunk.Start);
        var bytes = new byte[length <= Array.MaxLength ? (int)length : throw new NotSupportedException($"more than 2 GiB in a row group of column '{column}'")];
        file.Seek(chunk.Start, SeekOrigin.Begin);
        await file.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }
}
