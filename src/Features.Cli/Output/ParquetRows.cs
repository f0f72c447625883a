using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Storage;

namespace Features.Cli.Output;

/// <summary>A Parquet file; it appears, whole, on completion. Lists of a fixed size become lists, and halves floats.</summary>
internal sealed class ParquetRows(Schema schema, string path) : RowWriter(schema)
{
    private IDataFileWriter? writer;

    public override async Task CompleteAsync(CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).CompleteAsync(cancellationToken);

    public override ValueTask DisposeAsync() => writer?.DisposeAsync() ?? ValueTask.CompletedTask;

    protected override async Task WriteBatchAsync(RecordBatch batch, CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).WriteAsync(PlainLists.Of(batch), cancellationToken);

    private async Task<IDataFileWriter> OpenAsync(CancellationToken cancellationToken) =>
        writer ??= await new ParquetNetFormat(new LocalObjectStore()).CreateAsync(Path.GetFullPath(path), ArrowSchema.ToIceberg(PlainLists.Of(Schema)), DataFileOptions.Default, cancellationToken);
}
