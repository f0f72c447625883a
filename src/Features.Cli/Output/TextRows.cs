using Apache.Arrow;
using Spectre.Console;
using Table = Spectre.Console.Table;

namespace Features.Cli.Output;

/// <summary>A table for people.</summary>
internal sealed class TextRows : RowWriter
{
    // A terminal table is laid out whole; more rows than this belong into a file.
    private const int MaxRows = 1_000;
    private readonly Table table = new Table().Border(TableBorder.Simple);
    private readonly IAnsiConsole console;

    public TextRows(Schema schema, IAnsiConsole console)
        : base(schema)
    {
        this.console = console;
        foreach (var field in schema.FieldsList)
        {
            table.AddColumn(new TableColumn(Markup.Escape(field.Name)) { NoWrap = true, Alignment = IsNumber(field) ? Justify.Right : Justify.Left });
        }
    }

    protected override Task WriteBatchAsync(RecordBatch batch, CancellationToken cancellationToken)
    {
        for (var row = 0; row < batch.Length && table.Rows.Count < MaxRows; row++)
        {
            table.AddRow([.. Enumerable.Range(0, batch.ColumnCount).Select(c => Markup.Escape(JsonValue.Text(batch.Column(c), row, Schema.GetFieldByIndex(c)) ?? "null"))]);
        }

        return Task.CompletedTask;
    }

    public override Task CompleteAsync(CancellationToken cancellationToken)
    {
        console.Write(table);
        if (Rows > table.Rows.Count)
        {
            console.WriteLine($"… {Rows - table.Rows.Count:N0} more rows; --limit N, or --format parquet --out FILE takes them all");
        }

        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool IsNumber(Field field) =>
        field.DataType is Apache.Arrow.Types.NumberType or Apache.Arrow.Types.Decimal128Type;
}
