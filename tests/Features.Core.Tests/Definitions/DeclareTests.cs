using Features.Core.Definitions;
using static Features.Core.Definitions.Declare;

namespace Features.Core.Tests.Definitions;

public class DeclareTests
{
    private const string Yaml = """
        kind: Entity
        name: airport
        owner: ops-data
        keys: [{ name: airport, type: string }]
        ---
        kind: Source
        name: weather
        parquet: data/weather
        fields: { airport: station }
        ---
        kind: FeatureView
        name: delays
        owner: ops-data
        description: How late planes are.
        tags: { sensitivity: internal }
        entity: airport
        sql: SELECT airport, departs_at, known_at, delay FROM flights.departures
        clocks: { event: departs_at, available: known_at }
        ttl: 7d
        features:
          - { name: first_3h, aggregate: first(delay), window: 3h, closed: left, owner: ops-ml }
          - { name: last_3h, aggregate: last(delay), window: 3h }
          - { name: late, expression: delay > 15, description: Late by a quarter of an hour. }
        order_by: [delay]
        ---
        kind: OnDemandView
        name: risk
        inputs: ["delays[airport=destination]@dest:last_3h"]
        request: [{ name: distance, type: long }]
        features: [{ name: score, expression: dest__last_3h / distance }]
        ---
        kind: PushSource
        name: departures_push
        table: flights.departures
        ---
        kind: FeatureService
        name: model
        features:
          - { view: delays, features: "*", as: origin, keys: { airport: origin } }
          - { view: delays, features: [late, last_3h], as: dest, keys: { airport: destination } }
          - risk:score
        ---
        kind: TrainingSet
        name: late
        service: model
        spine: SELECT origin, destination, departs_at, distance, late FROM flights.departures
        timestamp: departs_at
        label: { column: late, matures: 6h }
        full_names: true
        split: { by: time, gap: 6h, parts: [{ name: train, until: 2001-03-01 }, { name: test }] }
        transformations:
          - { column: origin__last_3h, kind: impute, by: median, as: filled }
          - { column: filled, kind: standardize }
          - { column: dest__last_3h, kind: quantile, size: 4 }
        """;

    [Fact]
    public void Definitions_BuiltInCSharp_AreThoseOfTheirYaml()
    {
        var airport = new Entity("airport", Key("airport")) { Owner = "ops-data" };
        Definition[] built =
        [
            airport,
            ParquetFolder("weather", "data/weather", ("airport", "station")),
            new FeatureView("delays", airport)
            {
                Owner = "ops-data",
                Description = "How late planes are.",
                Tags = new Dictionary<string, string> { ["sensitivity"] = "internal" },
                Sql = "SELECT airport, departs_at, known_at, delay FROM flights.departures",
                Clocks = new("departs_at", "known_at"),
                Ttl = Days(7),
                Features =
                [
                    First("delay").Over(Hours(3)).Closed(WindowEnd.Left).As("first_3h") with { Owner = "ops-ml" },
                    Last("delay").Over(Hours(3)).As("last_3h"),
                    Latest("delay > 15").As("late") with { Description = "Late by a quarter of an hour." },
                ],
                OrderBy = ["delay"],
            },
            new OnDemandView("risk")
            {
                Inputs = [Reference("delays", "last_3h").Keys(("airport", "destination")).As("dest")],
                Request = [Request("distance", "long")],
                Features = [OnDemand("dest__last_3h / distance").As("score")],
            },
            new PushSource("departures_push") { Table = Table("flights.departures") },
            new FeatureService(
                "model",
                Reference("delays").Keys(("airport", "origin")).As("origin"),
                Reference("delays", "late").Keys(("airport", "destination")).As("dest"),
                Reference("delays", "last_3h").Keys(("airport", "destination")).As("dest"),
                Reference("risk", "score")),
            new TrainingSet("late")
            {
                Service = "model",
                Spine = "SELECT origin, destination, departs_at, distance, late FROM flights.departures",
                Timestamp = "departs_at",
                Label = new Label("late").After(Hours(6)),
                FullNames = true,
                Split = Split.ByTime(("train", new DateTimeOffset(2001, 3, 1, 0, 0, 0, TimeSpan.Zero)), ("test", null)) with { Gap = Hours(6) },
                Transformations = [Impute("origin__last_3h", Imputation.Median).Named("filled"), Standardize("filled"), Quantile("dest__last_3h", bins: 4)],
            },
        ];
        var read = DefinitionReader.ReadText(Yaml, "all.yaml").Definitions;
        Assert.Equal(read.Select(CanonicalJson.Of), built.Select(CanonicalJson.Of));
    }
}
