using BenchmarkDotNet.Attributes;

namespace Features.Benchmarks.PointInTime;

/// <summary>One view, against the same rule as ASOF SQL.</summary>
public class HistoricalJoinBenchmarks : LatestBenchmarks
{
    protected override int ViewCount => 1;

    /// <summary>The same rule in the engine alone, for one view: from each moment at which a row counts the latest of the rows that count, and an ASOF join to it.</summary>
    [Benchmark]
    public Task<long> AsofSql() => JoinData.MeasuredAsync("AsofSql", async () =>
    {
        Data.Copy($"""
            WITH known AS (SELECT entity, happened, value, greatest(happened, known + to_microseconds(1)) AS counts_from, max(row(happened, known, value)) OVER (PARTITION BY entity ORDER BY greatest(happened, known + to_microseconds(1))) AS best FROM {await Data.FilesAsync("b.f0")})
            SELECT s.*, CASE WHEN k.best[1] >= s."at" - INTERVAL 1 DAY THEN k.best[3] END AS value FROM '{Data.SpinePath}' s ASOF LEFT JOIN known k ON s.entity = k.entity AND s."at" >= k.counts_from
            """);
        return Rows;
    });

    /// <summary>The engine alone with one clock, which is less than the rule asks.</summary>
    [Benchmark]
    public Task<long> AsofSqlOfOneClock() => JoinData.MeasuredAsync("AsofSqlOfOneClock", async () =>
    {
        Data.Copy($"""
            SELECT s.*, CASE WHEN k.happened >= s."at" - INTERVAL 1 DAY THEN k.value END AS value FROM '{Data.SpinePath}' s ASOF LEFT JOIN (SELECT entity, happened, value FROM {await Data.FilesAsync("b.f0")}) k ON s.entity = k.entity AND s."at" >= k.happened
            """);
        return Rows;
    });
}
