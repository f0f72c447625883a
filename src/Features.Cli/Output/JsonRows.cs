using System.Text.Json;
using Apache.Arrow;

namespace Features.Cli.Output;

/// <summary>One JSON object a line.</summary>
internal sealed class JsonRows(Schema schema, Stream output) : RowWriter(schema)
{
    private readonly MemoryStream buffer = new();

    protected override async Task WriteBatchAsync(RecordBatch batch, CancellationToken cancellationToken)
    {
        using var json = new Utf8JsonWriter(buffer, JsonText.Relaxed);
        for (var row = 0; row < batch.Length; row++)
        {
            json.WriteStartObject();
            for (var column = 0; column < batch.ColumnCount; column++)
            {
                var field = Schema.GetFieldByIndex(column);
                json.WritePropertyName(field.Name);
                JsonValue.Write(json, batch.Column(column), row, field);
            }

            json.WriteEndObject();
            json.Flush();
            json.Reset();
            buffer.WriteByte((byte)'\n');
        }

        await FlushAsync(buffer, output, cancellationToken);
    }

    public override Task CompleteAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    public override ValueTask DisposeAsync() => output.DisposeAsync();
}
