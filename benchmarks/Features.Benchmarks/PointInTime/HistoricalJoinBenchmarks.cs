using System.Globalization;
using BenchmarkDotNet.Attributes;
using Features.Core.Definitions;

namespace Features.Benchmarks.PointInTime;

/// <summary>Latest values by both clocks, from Parquet to Parquet: 100,000 entities, 30 days, a ttl of a day; against the same rule as ASOF SQL.</summary>
public class HistoricalJoinBenchmarks
{
    private const string View = "features";

    private JoinData data = null!;
    private DefinitionSet definitions = null!;

    /// <summary>Rows of the spine, and of each source.</summary>
    [Params(10_000_000)]
    public int Rows { get; set; }

    [Params(1)]
    public int Views { get; set; }

    /// <summary>How many times as many rows a source has.</summary>
    [Params(1)]
    public int SourceFactor { get; set; }

    /// <summary>What the join may hold.</summary>
    [Params(2048)]
    public long MemoryMb { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        data = new JoinData();
        data.WriteSpine(string.Create(CultureInfo.InvariantCulture, $"SELECT i AS id, (hash(i) % 100000)::BIGINT AS entity, TIMESTAMP '2024-01-02' + to_microseconds((hash(i + 7) % (30 * 86400000000::UBIGINT))::BIGINT) AS \"at\" FROM range({Rows}) t(i)"));
        var views = new List<Definition> { new Entity("thing", new EntityKey("entity", "long")) };
        for (var v = 0; v < Views; v++)
        {
            var rows = (long)Rows * SourceFactor;
            // As an appended table lies: in the order of the events.
            await data.AddTableAsync(string.Create(CultureInfo.InvariantCulture, $"b.f{v}"), string.Create(CultureInfo.InvariantCulture, $"""
                SELECT (hash(i + {v}) % 100000)::BIGINT AS entity, TIMESTAMP '2024-01-01' + to_microseconds(i * (31 * 86400000000 // {rows})) AS happened,
                    TIMESTAMP '2024-01-01' + to_microseconds(i * (31 * 86400000000 // {rows}) + (hash(i + 3) % 7200000000)::BIGINT) AS known, (i % 100003)::DOUBLE / 7 AS value
                FROM range({rows}) t(i)
                """));
            views.Add(new FeatureView(string.Create(CultureInfo.InvariantCulture, $"{View}_{v}"), "thing")
            {
                Source = string.Create(CultureInfo.InvariantCulture, $"b.f{v}"),
                Clocks = new Clocks("happened", "known"),
                Ttl = TimeSpan.FromDays(1),
                Features = [new Feature("value", "value")],
            });
        }

        definitions = new DefinitionSet(views);
    }

    [IterationCleanup]
    public void DropOutputs() => data.DropOutputs();

    [GlobalCleanup]
    public async Task Cleanup() => await data.DisposeAsync();

    [Benchmark(Baseline = true)]
    public Task<long> Join() => JoinData.MeasuredAsync("Join", () => data.JoinAsync(definitions, [.. Enumerable.Range(0, Views).Select(v => $"{View}_{v}:*")], MemoryMb << 20));

    /// <summary>The same rule in the engine alone, for one view: from each moment at which a row counts the latest of the rows that count, and an ASOF join to it.</summary>
    [Benchmark]
    public Task<long> AsofSql() => JoinData.MeasuredAsync("AsofSql", async () =>
    {
        data.Copy($"""
            WITH known AS (SELECT entity, happened, value, greatest(happened, known + to_microseconds(1)) AS counts_from, max(row(happened, known, value)) OVER (PARTITION BY entity ORDER BY greatest(happened, known + to_microseconds(1))) AS best FROM {await data.FilesAsync("b.f0")})
            SELECT s.*, CASE WHEN k.best[1] >= s."at" - INTERVAL 1 DAY THEN k.best[3] END AS value FROM '{data.SpinePath}' s ASOF LEFT JOIN known k ON s.entity = k.entity AND s."at" >= k.counts_from
            """);
        return Rows;
    });

    /// <summary>The engine alone with one clock, which is less than the rule asks.</summary>
    [Benchmark]
    public Task<long> AsofSqlOfOneClock() => JoinData.MeasuredAsync("AsofSqlOfOneClock", async () =>
    {
        data.Copy($"""
            SELECT s.*, CASE WHEN k.happened >= s."at" - INTERVAL 1 DAY THEN k.value END AS value FROM '{data.SpinePath}' s ASOF LEFT JOIN (SELECT entity, happened, value FROM {await data.FilesAsync("b.f0")}) k ON s.entity = k.entity AND s."at" >= k.happened
            """);
        return Rows;
    });
}
