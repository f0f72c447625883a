using System.Text;
using Apache.Arrow;

namespace Features.Cli.Output;

/// <summary>Comma-separated values with a header (RFC 4180).</summary>
internal sealed class CsvRows(Schema schema, Stream output) : RowWriter(schema)
{
    private readonly MemoryStream buffer = new();
    private bool hasHeader;

    protected override async Task WriteBatchAsync(RecordBatch batch, CancellationToken cancellationToken)
    {
        WriteHeader();
        for (var row = 0; row < batch.Length; row++)
        {
            var text = new StringBuilder();
            for (var column = 0; column < batch.ColumnCount; column++)
            {
                text.Append(column == 0 ? "" : ",").Append(Quote(JsonValue.Text(batch.Column(column), row, Schema.GetFieldByIndex(column))));
            }

            buffer.Write(Encoding.UTF8.GetBytes(text.Append('\n').ToString()));
        }

        await FlushAsync(buffer, output, cancellationToken);
    }

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        WriteHeader();
        await FlushAsync(buffer, output, cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    private void WriteHeader()
    {
        if (!hasHeader)
        {
            hasHeader = true;
            buffer.Write(Encoding.UTF8.GetBytes(string.Join(',', Schema.FieldsList.Select(f => Quote(f.Name))) + "\n"));
        }
    }

    // RFC 4180; an empty text is quoted so that it differs from a null.
    private static string Quote(string? text) => text switch
    {
        null => "",
        "" => "\"\"",
        _ when text.AsSpan().ContainsAny(",\"\r\n") => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
        _ => text,
    };

    public override ValueTask DisposeAsync() => output.DisposeAsync();
}
