using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Data files written one after another: the open one is closed where the partition changes, at the target size, or when asked.</summary>
internal sealed class RollingFiles(Table table, IDataFileFormat format, PartitionSpec spec, string filePrefix, long targetBytes, long targetRows, int? sortOrderId) : IAsyncDisposable
{
    private readonly Schema schema = table.Metadata.CurrentSchema;
    private readonly DataFileOptions options = DataFileOptions.Of(table.Metadata);
    private readonly List<DataFile> completed = [];

    // What Arrow's bytes come to on disk, at first by experience and then by the files written.
    private double bytesPerArrowByte = 0.5;
    private OpenFile? open;

    /// <summary>The files that are whole, in the order of their writing.</summary>
    public IReadOnlyList<DataFile> Completed => completed;

    /// <summary>Appends rows of one partition; the batch stays the caller's.</summary>
    public async Task WriteAsync(PartitionKey partition, RecordBatch rows, CancellationToken cancellationToken)
    {
        if (open is not null && (!open.Partition.Equals(partition) || open.ArrowBytes * bytesPerArrowByte >= targetBytes || open.Writer.RecordCount >= targetRows))
        {
            await CloseAsync(cancellationToken).ConfigureAwait(false);
        }

        open ??= new OpenFile(partition, await StartAsync(partition, cancellationToken).ConfigureAwait(false));
        await open.Writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        open.ArrowBytes += ArrowSize.Of(rows);
    }

    /// <summary>Completes the open file, if there is one.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (open is not { } closing)
        {
            return;
        }

        completed.Add(await closing.Writer.CompleteAsync(cancellationToken).ConfigureAwait(false) with
        {
            SpecId = spec.SpecId,
            Partition = closing.Partition.Values,
            SortOrderId = sortOrderId,
        });
        bytesPerArrowByte = closing.ArrowBytes == 0 ? bytesPerArrowByte : completed[^1].FileSizeInBytes / (double)closing.ArrowBytes;
        open = null;
        await closing.Writer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Drops the open file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (open is { } dropped)
        {
            open = null;
            await dropped.Writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task<IDataFileWriter> StartAsync(PartitionKey partition, CancellationToken cancellationToken)
    {
        var folder = PartitionPath.Of(spec, schema, partition.Values);
        var name = string.Create(CultureInfo.InvariantCulture, $"{filePrefix}-{completed.Count:D5}-{Guid.NewGuid():N}.parquet");
        return format.CreateAsync(string.Join('/', new[] { table.DataFolder, folder, name }.Where(p => p.Length > 0)), schema, options, cancellationToken);
    }

    private sealed class OpenFile(PartitionKey partition, IDataFileWriter writer)
    {
        public PartitionKey Partition { get; } = partition;

        public IDataFileWriter Writer { get; } = writer;

        public long ArrowBytes { get; set; }
    }
}
