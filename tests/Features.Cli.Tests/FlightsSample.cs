using Features.Core.Engine;
using Features.DuckDb;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Storage;
using Features.Testing;

namespace Features.Cli.Tests;

/// <summary>A few of the shipped flights, so that a test takes seconds.</summary>
internal static class FlightsSample
{
    public static string Shipped { get; } = Path.Combine(Fixtures.Repository, "samples", "data", "flights.parquet");

    /// <summary>Writes every <paramref name="stride"/>th of the flights of the first <paramref name="days"/> days.</summary>
    public static async Task<long> WriteAsync(string path, int days, int stride)
    {
        var token = TestContext.Current.CancellationToken;
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, token);
        await session.AddFileAsync("flights", new SourceFile(Shipped, SourceFormat.Parquet), token);
        var sql = $"SELECT date, delay, distance, origin, destination FROM flights WHERE date < TIMESTAMP '2001-01-01' + to_days({days}) AND _row_no % {stride} = 0 ORDER BY _row_no";
        var rows = 0L;
        await using var file = await new ParquetNetFormat(new LocalObjectStore()).CreateAsync(path, ArrowSchema.ToIceberg(await session.DescribeAsync(sql, token)), DataFileOptions.Default, token);
        await foreach (var batch in session.QueryAsync(sql, token))
        {
            using (batch)
            {
                rows += batch.Length;
                await file.WriteAsync(batch, token);
            }
        }

        await file.CompleteAsync(token);
        return rows;
    }
}
