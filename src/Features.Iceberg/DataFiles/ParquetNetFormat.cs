using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Iceberg.DataFiles.ParquetReading;
using Features.Iceberg.DataFiles.ParquetWriting;
using Features.Iceberg.Scans;
using Features.Iceberg.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Data files in managed code alone: no engine, nothing native. Reads Parquet of any writer in batches of at most 65,536 rows.</summary>
public sealed class ParquetNetFormat(IObjectStore storage) : IDataFileFormat
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync(FileScanTask task, Schema projection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var location = task.Location;
        if (!task.File.FileFormat.Equals("PARQUET", StringComparison.OrdinalIgnoreCase))
        {
            throw new UnsupportedFeatureException($"data format {task.File.FileFormat}", location, "rewrite the table's data as Parquet with the engine that made it");
        }

        // A type without an Arrow form is refused before anything is read.
        _ = ArrowSchema.From(projection);
        var stream = await storage.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using var opened = stream.ConfigureAwait(false);
        var file = await GuardAsync(() => ParquetFile.OpenAsync(stream, task, projection, cancellationToken), location).ConfigureAwait(false);
        var batches = file.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var reading = batches.ConfigureAwait(false);
        while (await GuardAsync(() => batches.MoveNextAsync().AsTask(), location).ConfigureAwait(false))
        {
            yield return batches.Current;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">The schema has a type (variant, geometry, geography) that is not written.</exception>
    /// <exception cref="InvalidTableArgumentException">The codec or its level is none that is written.</exception>
    public async Task<IDataFileWriter> CreateAsync(string location, Schema schema, DataFileOptions options, CancellationToken cancellationToken)
    {
        var target = await storage.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ParquetFileWriter(location, target, schema, options);
        }
        catch
        {
            await target.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // What a decoder throws on bytes that are not what they should be is not for the caller to know.
    private static async Task<T> GuardAsync<T>(Func<Task<T>> read, string location)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (NotSupportedException error)
        {
            throw new UnsupportedFeatureException(error.Message, location, "rewrite the file with another writer");
        }
#pragma warning disable CA1031 // The codecs answer bad bytes with whatever exception they ran into.
        catch (Exception error) when (error is not (OperationCanceledException or IcebergException))
#pragma warning restore CA1031
        {
            throw new InvalidFileException(location, error.Message, error);
        }
    }
}
