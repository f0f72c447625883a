using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>
/// Writes rows, in any order, into data files of a table. Rows that come clustered by partition, and within each in the sort order, go straight through; others are brought into order a chunk of
/// <see cref="MaxBufferedBytes"/> at a time, so that each chunk makes one file a partition (or more, at the target size). One file is open at a time.
/// </summary>
/// <remarks>The property <c>write.distribution-mode</c> says how an engine of many tasks moves rows between them; one writer has nothing to move, and it is not read.</remarks>
public sealed class PartitionedWriter(Table table, IDataFileFormat format)
{
    private const long DefaultTargetBytes = 512L << 20;

    private readonly Schema schema = table.Metadata.CurrentSchema;

    /// <summary>The size at which a file is closed and the next begun, estimated from rows; by default the table's property <c>write.target-file-size-bytes</c>, or 512 MiB.</summary>
    public long TargetFileSizeBytes { get; init; } = TargetFileSizeOf(table.Metadata);

    /// <summary>The number of rows at which a file is closed, checked between batches; null (the default) leaves it to the size alone. For rows whose size on disk is known better than Arrow's bytes tell.</summary>
    public long? TargetFileRows { get; init; }

    /// <summary>The most bytes of Arrow memory that are gathered to be brought into order; default 128 MiB. Ordering takes about twice as much again while it lasts.</summary>
    public long MaxBufferedBytes { get; init; } = 128L << 20;

    /// <summary>The order of the rows within files; by default the table's. Files are marked with its id if the table has it. One that cannot be followed (an unknown transform, a column that is gone) sorts nothing and is not marked.</summary>
    public SortOrder SortOrder { get; init; } = table.Metadata.DefaultSortOrder;

    /// <summary>
    /// Writes all batches (columns by name; missing optional columns are null, unknown columns are an error) and returns the files with partition, metrics and sort order set; none for no rows.
    /// The batches are disposed when they are written. If it fails, the files completed so far are removed. <paramref name="filePrefix"/> starts each file's name, so that a redo is recognised;
    /// a unique part ends it, so that a redo never meets what an earlier try left.
    /// </summary>
    /// <exception cref="InvalidTableArgumentException">The rows do not fit the table's schema; every such column is named.</exception>
    public async Task<IReadOnlyList<DataFile>> WriteAsync(IAsyncEnumerable<RecordBatch> batches, string filePrefix, CancellationToken cancellationToken)
    {
        var spec = table.Metadata.DefaultSpec;
        var order = RowOrder.Of(SortOrder, schema);
        var runs = new PartitionRuns(spec, schema);
        var files = new RollingFiles(table, format, spec, filePrefix, TargetFileSizeBytes, TargetFileRows ?? long.MaxValue, MarkOf(order));
        await using var opened = files.ConfigureAwait(false);
        var pending = new List<RecordBatch>();
        try
        {
            var needsNoOrder = spec.Fields.Count == 0 && order.IsUnsorted;
            var (writing, pendingBytes) = (new Writing(files, runs, order), 0L);
            await foreach (var given in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                pending.Add(Arranged(given));
                pendingBytes += ArrowSize.Of(pending[^1]);
                if (needsNoOrder || writing.FollowsStream || pendingBytes >= MaxBufferedBytes)
                {
                    var isWritten = await writing.TryStreamAsync(pending, cancellationToken).ConfigureAwait(false);
                    if (!isWritten && pendingBytes >= MaxBufferedBytes)
                    {
                        await writing.OrderAsync(pending, cancellationToken).ConfigureAwait(false);
                        isWritten = true;
                    }

                    pendingBytes = isWritten ? 0 : pendingBytes;
                }
            }

            if (pending.Count > 0 && !await writing.TryStreamAsync(pending, cancellationToken).ConfigureAwait(false))
            {
                await writing.OrderAsync(pending, cancellationToken).ConfigureAwait(false);
            }

            await files.CloseAsync(cancellationToken).ConfigureAwait(false);
            return files.Completed;
        }
        catch
        {
            await WrittenFiles.RemoveAsync(table.Storage, files.Completed).ConfigureAwait(false);
            throw;
        }
        finally
        {
            pending.ForEach(b => b.Dispose());
        }
    }

    /// <summary>The size that a table's property <c>write.target-file-size-bytes</c> asks for; 512 MiB without it.</summary>
    public static long TargetFileSizeOf(TableMetadata metadata) =>
        long.TryParse(metadata.Properties.GetValueOrDefault("write.target-file-size-bytes"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : DefaultTargetBytes;

    private RecordBatch Arranged(RecordBatch given)
    {
        try
        {
            return BatchColumns.Arrange(given, schema);
        }
        catch
        {
            given.Dispose();
            throw;
        }
    }

    private int MarkOf(RowOrder order) =>
        table.Metadata.SortOrders.FirstOrDefault(o => o.OrderId == order.Order.OrderId) is { } known && known.Fields.SequenceEqual(order.Order.Fields) ? known.OrderId : SortOrder.Unsorted.OrderId;

    /// <summary>The two ways of rows into files. It begins as a stream and, once that has left its order, never is one again.</summary>
    private sealed class Writing(RollingFiles files, PartitionRuns runs, RowOrder order)
    {
        private readonly RowStream stream = new(runs, order);
        private readonly RowClusters clusters = new(runs, order);
        private bool isOutOfOrder;

        public bool FollowsStream { get; private set; }

        public async Task<bool> TryStreamAsync(List<RecordBatch> pending, CancellationToken cancellationToken)
        {
            if (isOutOfOrder || stream.TryFollow(pending) is not { } found)
            {
                (FollowsStream, isOutOfOrder) = (false, true);
                return false;
            }

            FollowsStream = true;
            foreach (var (batch, partition, start, end) in found)
            {
                // A slice shares the batch's buffers and is not disposed on its own.
                await files.WriteAsync(partition, start == 0 && end == batch.Length ? batch : Slice(batch, start, end - start), cancellationToken).ConfigureAwait(false);
            }

            pending.ForEach(b => b.Dispose());
            pending.Clear();
            return true;
        }

        public async Task OrderAsync(List<RecordBatch> pending, CancellationToken cancellationToken)
        {
            if (!order.IsUnsorted)
            {
                // The rows of one file are in order throughout; those of the next chunk would not go on from these.
                await files.CloseAsync(cancellationToken).ConfigureAwait(false);
            }

            foreach (var (partition, rows) in clusters.Of(pending))
            {
                using (rows)
                {
                    await files.WriteAsync(partition, rows, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        private static RecordBatch Slice(RecordBatch batch, int start, int length) =>
            new(batch.Schema, Enumerable.Range(0, batch.ColumnCount).Select(i => ArrowArrayFactory.Slice(batch.Column(i), start, length)), length);
    }
}
