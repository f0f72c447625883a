namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>The leaves of a batch of rows, decoded as they are wanted.</summary>
internal sealed class BatchLeaves(IReadOnlyDictionary<FileNode, LeafReader> readers, int rowCount)
{
    private readonly Dictionary<FileNode, LeafData> read = readers.ToDictionary(r => r.Key, r => r.Value.Read(rowCount));

    public int RowCount => rowCount;

    public LeafData Of(FileNode leaf) => read[leaf];
}
