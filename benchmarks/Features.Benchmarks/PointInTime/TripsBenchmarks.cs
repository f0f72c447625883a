using System.Globalization;
using BenchmarkDotNet.Attributes;
using Features.Core.Definitions;

namespace Features.Benchmarks.PointInTime;

/// <summary>Three tables, after the benchmark of a feature store's query service: raw trips, and for the zones where they begin and end the aggregates of the last quarter of an hour that is known.</summary>
public class TripsBenchmarks
{
    private const int Zones = 265, Days = 90;

    private static readonly DefinitionSet Definitions = new(
    [
        new Entity("zone", new EntityKey("zone", "long")),
        Quarters("pickups"),
        Quarters("dropoffs"),
    ]);

    private JoinData data = null!;

    [Params(10_000_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        data = new JoinData();
        data.WriteSpine(string.Create(CultureInfo.InvariantCulture, $"""
            SELECT (hash(i) % {Zones})::BIGINT AS pickup_zone, (hash(i + 1) % {Zones})::BIGINT AS dropoff_zone, TIMESTAMP '2024-01-01' + to_microseconds(i * ({Days} * 86400000000 // {Rows})) AS "at",
                (hash(i + 2) % 10000)::DOUBLE / 100 AS fare, (hash(i + 3) % 3000)::DOUBLE / 100 AS miles, (hash(i + 4) % 6)::INTEGER AS passengers
            FROM range({Rows}) t(i)
            """));
        foreach (var table in new[] { "pickups", "dropoffs" })
        {
            await data.AddTableAsync($"b.{table}", string.Create(CultureInfo.InvariantCulture, $"""
                SELECT (i % {Zones})::BIGINT AS zone, TIMESTAMP '2024-01-01' + to_minutes(15 * (i // {Zones})) AS begins, TIMESTAMP '2024-01-01' + to_minutes(15 * (i // {Zones}) + 15) AS ends,
                    (hash(i) % 500)::BIGINT AS trips, (hash(i + 1) % 10000)::DOUBLE / 100 AS mean_fare, (hash(i + 2) % 3000)::DOUBLE / 100 AS mean_miles
                FROM range({Zones * Days * 96}) t(i)
                """));
        }
    }

    [IterationCleanup]
    public void DropOutputs() => data.DropOutputs();

    [GlobalCleanup]
    public async Task Cleanup() => await data.DisposeAsync();

    [Benchmark]
    public Task<long> ToParquet() => JoinData.MeasuredAsync("Trips to Parquet", () => data.JoinAsync(Definitions, ["pickups[zone=pickup_zone]@from:*", "dropoffs[zone=dropoff_zone]@to:*"], 2L << 30));

    [Benchmark]
    public Task<long> ToArrow() => JoinData.MeasuredAsync("Trips to Arrow", () => data.JoinAsync(Definitions, ["pickups[zone=pickup_zone]@from:*", "dropoffs[zone=dropoff_zone]@to:*"], 2L << 30, asArrow: true));

    private static FeatureView Quarters(string table) => new(table, "zone")
    {
        Source = $"b.{table}",
        Clocks = new Clocks("begins", "ends", Inclusive: true),
        Ttl = TimeSpan.FromHours(2),
        Features = [new Feature("trips", "trips"), new Feature("mean_fare", "mean_fare"), new Feature("mean_miles", "mean_miles")],
    };
}
