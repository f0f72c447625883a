using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>
/// Writes rows into data files of a table's default spec. Rows must come clustered by partition (as an engine's ORDER BY gives them): one file is open at a time,
/// and a partition that comes again opens another file. A file is closed at <see cref="TargetFileSizeBytes"/>, estimated from rows.
/// </summary>
public sealed class PartitionedWriter(Table table, IDataFileFormat format)
{
    private const long DefaultTargetBytes = 512L << 20;

    private readonly Schema schema = table.Metadata.CurrentSchema;
    private readonly PartitionSpec spec = table.Metadata.DefaultSpec;

    /// <summary>The size at which a file is closed and the next begun; by default the table's property <c>write.target-file-size-bytes</c>, or 512 MiB.</summary>
    public long TargetFileSizeBytes { get; init; } =
        long.TryParse(table.Metadata.Properties.GetValueOrDefault("write.target-file-size-bytes"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : DefaultTargetBytes;

    /// <summary>
    /// Writes all batches (columns by name; missing optional columns are null, unknown columns are an error) and returns the files with partition, metrics and sort order set; none for no rows.
    /// The batches are disposed when they are written. If it fails, the files completed so far are removed. <paramref name="filePrefix"/> starts each file's name, so that a redo is recognised;
    /// a unique part ends it, so that a redo never meets what an earlier try left.
    /// </summary>
    /// <exception cref="InvalidTableArgumentException">The rows do not fit the table's schema; every such column is named.</exception>
    public async Task<IReadOnlyList<DataFile>> WriteAsync(IAsyncEnumerable<RecordBatch> batches, string filePrefix, CancellationToken cancellationToken)
    {
        var completed = new List<DataFile>();
        var open = default(OpenFile);
        try
        {
            var runs = new PartitionRuns(spec, schema);
            var bytesPerArrowByte = 0.5;
            await foreach (var given in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                using var owned = given;
                var batch = BatchColumns.Arrange(owned, schema);
                foreach (var (partition, start, end) in runs.Of(batch))
                {
                    if (open is not null && (!open.Partition.Equals(partition) || open.ArrowBytes * bytesPerArrowByte >= TargetFileSizeBytes))
                    {
                        completed.Add(await CompleteAsync(open, cancellationToken).ConfigureAwait(false));
                        bytesPerArrowByte = open.ArrowBytes == 0 ? bytesPerArrowByte : completed[^1].FileSizeInBytes / open.ArrowBytes;
                        await open.Writer.DisposeAsync().ConfigureAwait(false);
                        open = null;
                    }

                    open ??= new OpenFile(partition, await StartAsync(partition, filePrefix, completed.Count, cancellationToken).ConfigureAwait(false));
                    // A slice shares the batch's buffers and is not disposed on its own.
                    var rows = start == 0 && end == batch.Length ? batch : Slice(batch, start, end - start);
                    await open.Writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
                    open.ArrowBytes += ArrowBytes(batch) * (end - start) / batch.Length;
                }
            }

            if (open is not null)
            {
                completed.Add(await CompleteAsync(open, cancellationToken).ConfigureAwait(false));
            }

            return completed;
        }
        catch
        {
            foreach (var file in completed)
            {
                await RemoveAsync(file.FilePath).ConfigureAwait(false);
            }

            throw;
        }
        finally
        {
            if (open is not null)
            {
                await open.Writer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task RemoveAsync(string location)
    {
        try
        {
            await table.Storage.DeleteAsync(location, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException)
        {
            // What made the writing fail is what the caller must see; no snapshot names the file.
        }
    }

    private static RecordBatch Slice(RecordBatch batch, int start, int length) =>
        new(batch.Schema, Enumerable.Range(0, batch.ColumnCount).Select(i => ArrowArrayFactory.Slice(batch.Column(i), start, length)), length);

    private static double ArrowBytes(RecordBatch batch) => batch.Arrays.Sum(a => ArrowBytes(a.Data));

    private static double ArrowBytes(ArrayData data) => data.Buffers.Sum(b => (double)b.Length) + (data.Children?.Sum(ArrowBytes) ?? 0);

    private Task<IDataFileWriter> StartAsync(PartitionKey partition, string filePrefix, int index, CancellationToken cancellationToken)
    {
        var folder = PartitionPath.Of(spec, schema, partition.Values);
        var name = string.Create(CultureInfo.InvariantCulture, $"{filePrefix}-{index:D5}-{Guid.NewGuid():N}.parquet");
        return format.CreateAsync(string.Join('/', new[] { table.DataFolder, folder, name }.Where(p => p.Length > 0)), schema, DataFileOptions.Of(table.Metadata), cancellationToken);
    }

    private async Task<DataFile> CompleteAsync(OpenFile file, CancellationToken cancellationToken) =>
        await file.Writer.CompleteAsync(cancellationToken).ConfigureAwait(false) with
        {
            SpecId = spec.SpecId,
            Partition = file.Partition.Values,
            SortOrderId = table.Metadata.DefaultSortOrderId,
        };

    private sealed class OpenFile(PartitionKey partition, IDataFileWriter writer)
    {
        public PartitionKey Partition { get; } = partition;

        public IDataFileWriter Writer { get; } = writer;

        public double ArrowBytes { get; set; }
    }
}
