using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Features.Cli.Output;

/// <summary>An Arrow IPC stream.</summary>
internal sealed class ArrowRows(Schema schema, Stream output) : RowWriter(schema)
{
    private readonly ArrowStreamWriter writer = new(output, schema, leaveOpen: true);

    protected override Task WriteBatchAsync(RecordBatch batch, CancellationToken cancellationToken) => writer.WriteRecordBatchAsync(batch, cancellationToken);

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await writer.WriteEndAsync(cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        writer.Dispose();
        return output.DisposeAsync();
    }
}
