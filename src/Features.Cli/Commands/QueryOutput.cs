using Apache.Arrow;
using Features.Cli.Output;
using Features.Core.Engine;

namespace Features.Cli.Commands;

/// <summary>A query's rows, streamed to the terminal or a file.</summary>
internal static class QueryOutput
{
    public static async Task WriteAsync(CliConsole console, Schema schema, IAsyncEnumerable<RecordBatch> batches, string format, string? path, CancellationToken cancellationToken)
    {
        await using var writer = RowWriter.Open(format, schema, path, console.People);
        await foreach (var batch in batches.WithCancellation(cancellationToken))
        {
            using (batch)
            {
                await writer.WriteAsync(batch, cancellationToken);
            }
        }

        await writer.CompleteAsync(cancellationToken);
        if (path is not null)
        {
            await console.Error.WriteLineAsync($"{writer.Rows:N0} rows written to {path}");
        }
    }

    /// <summary>The number of rows of a relation, or of a SELECT in parentheses.</summary>
    public static async Task<long> CountAsync(ISqlSession session, string relation, CancellationToken cancellationToken)
    {
        long count = 0;
        await foreach (var batch in session.QueryAsync($"SELECT count(*) AS rows FROM {relation}", cancellationToken))
        {
            using (batch)
            {
                count += ((Int64Array)batch.Column(0)).GetValue(0)!.Value;
            }
        }

        return count;
    }
}
