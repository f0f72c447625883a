using Apache.Arrow;
using Spectre.Console;

namespace Features.Cli.Output;

/// <summary>Writes rows to standard output or a file in one of the formats of <c>--format</c>. Batches stay the caller's.</summary>
internal abstract class RowWriter(Schema schema) : IAsyncDisposable
{
    public static IReadOnlyList<string> Formats { get; } = ["table", "json", "csv", "parquet", "arrow"];

    protected Schema Schema { get; } = schema;

    public long Rows { get; private set; }

    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="schema">The columns.</param>
    /// <param name="path">The file to make, or null for standard output. A file is not replaced.</param>
    /// <param name="console">Where tables for people go.</param>
    public static RowWriter Open(string format, Schema schema, string? path, IAnsiConsole console)
    {
        if (path is not null && File.Exists(path))
        {
            throw new CliException("file-exists", $"'{path}' exists already; delete it or choose another name for --out");
        }

        return format switch
        {
            "json" => new JsonRows(schema, OpenStream(path)),
            "csv" => new CsvRows(schema, OpenStream(path)),
            "arrow" => new ArrowRows(schema, OpenStream(path)),
            "parquet" => new ParquetRows(schema, path ?? throw new CliException(CliException.Usage, "a Parquet file cannot be written to the terminal; name it with --out FILE")),
            _ when path is null => new TextRows(schema, console),
            _ => throw new CliException(CliException.Usage, "a table for people goes to the terminal; choose --format json, csv, parquet or arrow for a file"),
        };
    }

    public async Task WriteAsync(RecordBatch batch, CancellationToken cancellationToken)
    {
        Rows += batch.Length;
        await WriteBatchAsync(batch, cancellationToken);
    }

    public abstract Task CompleteAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    protected abstract Task WriteBatchAsync(RecordBatch batch, CancellationToken cancellationToken);

    protected static async Task FlushAsync(MemoryStream buffer, Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken);
        buffer.SetLength(0);
    }

    private static Stream OpenStream(string? path) => path is null ? Console.OpenStandardOutput() : new FileStream(path, FileMode.CreateNew);
}
