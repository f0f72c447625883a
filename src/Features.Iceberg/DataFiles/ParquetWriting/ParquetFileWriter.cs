using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>A Parquet file being written, one row group in memory.</summary>
internal sealed class ParquetFileWriter : IDataFileWriter
{
    // A chunk is one page, which must not grow without bound where rows are narrow.
    private const int MaxRowGroupRows = 122_880;
    private const int StepRows = 8192;

    private static readonly byte[] Magic = "PAR1"u8.ToArray();

    private readonly string location;
    private readonly ObjectWriter target;
    private readonly Schema schema;
    private readonly IReadOnlyList<SchemaNode> columns;
    private readonly LeafColumn[] leaves;
    private readonly Shredder shredder;
    private readonly PageCodec codec;
    private readonly PageWriter pages;
    private readonly long rowGroupBytes;
    private readonly FileMetrics metrics;
    private readonly List<RowGroup> rowGroups = [];
    private int rowsHeld;

    public ParquetFileWriter(string location, ObjectWriter target, Schema schema, DataFileOptions options)
    {
        this.location = location;
        this.target = target;
        this.schema = schema;
        columns = SchemaNode.Of(schema);
        leaves = [.. columns.SelectMany(c => c.Leaves()).Select(LeafColumn.For)];
        shredder = new Shredder(leaves.ToDictionary(l => l.Node));
        rowGroupBytes = options.RowGroupBytes;
        codec = new PageCodec(options);
        pages = new PageWriter(target.Stream, codec);
        metrics = new FileMetrics(leaves, options);
    }

    public long RecordCount { get; private set; }

    public async Task WriteAsync(RecordBatch batch, CancellationToken cancellationToken)
    {
        BatchColumns.RefuseMismatch(batch, schema);
        for (var start = 0; start < batch.Length;)
        {
            var count = Math.Min(StepRows, Math.Min(batch.Length - start, MaxRowGroupRows - rowsHeld));
            var rows = Slots.OfRows(start, count);
            for (var c = 0; c < columns.Count; c++)
            {
                shredder.Shred(columns[c], batch.Column(columns[c].Place), rows);
            }

            start += count;
            rowsHeld += count;
            RecordCount += count;
            if (rowsHeld == MaxRowGroupRows || leaves.Sum(l => l.BufferedBytes) >= rowGroupBytes)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async Task<DataFile> CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        var footer = FooterWriter.Write(columns, schema, rowGroups, codec.Kind);
        await pages.WriteAsync(footer, cancellationToken).ConfigureAwait(false);
        await pages.WriteAsync(BitConverter.GetBytes(footer.Length), cancellationToken).ConfigureAwait(false);
        await pages.WriteAsync(Magic, cancellationToken).ConfigureAwait(false);
        var length = await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return metrics.Describe(new DataFile
        {
            FilePath = location,
            FileFormat = "PARQUET",
            Partition = [],
            RecordCount = RecordCount,
            FileSizeInBytes = length,
            SplitOffsets = [.. rowGroups.Select(g => g.Chunks[0].Start)],
        });
    }

    public async ValueTask DisposeAsync()
    {
        pages.Dispose();
        await target.DisposeAsync().ConfigureAwait(false);
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (pages.Position == 0)
        {
            await pages.WriteAsync(Magic, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (rowsHeld == 0)
        {
            return;
        }

        await BeginAsync(cancellationToken).ConfigureAwait(false);
        var chunks = new List<ColumnChunk>(leaves.Length);
        foreach (var leaf in leaves)
        {
            var chunk = await pages.WriteAsync(leaf, cancellationToken).ConfigureAwait(false);
            metrics.Add(leaf, chunk);
            chunks.Add(chunk);
            leaf.Clear();
        }

        rowGroups.Add(new RowGroup(rowsHeld, chunks));
        rowsHeld = 0;
    }
}
