using System.Globalization;
using BenchmarkDotNet.Attributes;
using Features.Core.Definitions;

namespace Features.Benchmarks.PointInTime;

/// <summary>Latest values by both clocks, from Parquet to Parquet or an Arrow stream: 100,000 entities, 30 days, a ttl of a day.</summary>
public abstract class LatestBenchmarks
{
    private const string View = "features";

    private JoinData data = null!;
    private DefinitionSet definitions = null!;

    protected virtual int Rows => 10_000_000;

    /// <summary>How many views there are, of the same kind.</summary>
    protected abstract int ViewCount { get; }

    /// <summary>How many times as many rows a source has as the spine.</summary>
    protected virtual int SourceFactor => 1;

    /// <summary>What the join may hold.</summary>
    protected virtual long MemoryMb => 4096;

    private IReadOnlyList<string> Features => [.. Enumerable.Range(0, ViewCount).Select(v => string.Create(CultureInfo.InvariantCulture, $"{View}_{v}:*"))];

    [GlobalSetup]
    public async Task Setup()
    {
        data = new JoinData();
        data.WriteSpine(string.Create(CultureInfo.InvariantCulture, $"SELECT i AS id, (hash(i) % 100000)::BIGINT AS entity, TIMESTAMP '2024-01-02' + to_microseconds((hash(i + 7) % (30 * 86400000000::UBIGINT))::BIGINT) AS \"at\" FROM range({Rows}) t(i)"));
        var views = new List<Definition> { new Entity("thing", new EntityKey("entity", "long")) };
        for (var v = 0; v < ViewCount; v++)
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

    private string Name(string method) => string.Create(CultureInfo.InvariantCulture, $"{method}, {ViewCount} views, sources of {SourceFactor} x, {MemoryMb} MiB");

    [IterationCleanup]
    public void DropOutputs() => data.DropOutputs();

    [GlobalCleanup]
    public async Task Cleanup() => await data.DisposeAsync();

    [Benchmark]
    public Task<long> Join() => JoinData.MeasuredAsync(Name("Join"), () => data.JoinAsync(definitions, Features, MemoryMb << 20));

    [Benchmark]
    public Task<long> JoinToArrow() => JoinData.MeasuredAsync(Name("JoinToArrow"), () => data.JoinAsync(definitions, Features, MemoryMb << 20, asArrow: true));

    private protected JoinData Data => data;
}
