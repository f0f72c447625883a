using Features.Core.Definitions;
using Features.DuckDb;
using Features.Iceberg.Spec;

namespace Features.Core.Tests.Definitions.Checking;

public sealed class DefinitionCheckerTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public async Task CheckAsync_MistakesOfEveryKindInOneDefinition_AreAllReportedWhereTheyStand()
    {
        await File.WriteAllTextAsync(
            file,
            """
            kind: Entity
            name: airport
            keys: [{ name: origin, type: string }]
            ---
            kind: FeatureView
            name: delays
            entity: airprt
            source: flights.departures
            clocks: { event: departs_at, available: knwon_at }
            features:
              - { name: a, aggregate: avg(delay), window: 3x }
              - { name: b, aggregate: avg(dilay), window: 3h }
              - { name: c, column: delay, widnow: 1h }
            """,
            TestContext.Current.CancellationToken);
        var schema = new Schema(
            0,
            [.. new[] { ("origin", PrimitiveKind.String), ("departs_at", PrimitiveKind.Timestamp), ("known_at", PrimitiveKind.Timestamp), ("delay", PrimitiveKind.Long) }
                .Select((c, i) => new NestedField(i + 1, c.Item1, new PrimitiveType(c.Item2), Required: false))],
            []);
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
        var reading = await DefinitionReader.TryReadAsync([file], TestContext.Current.CancellationToken);
        var (faults, _, _) = await DefinitionChecker.CheckAsync(reading, new DefinitionSet([]), engine, (_, _) => Task.FromResult<Schema?>(schema), TestContext.Current.CancellationToken);

        Assert.Equal([7, 9, 11, 12, 13], faults.Select(f => f.Place!.Line));
        foreach (var (mistake, fault) in new[] { "airprt", "knwon_at", "3x", "dilay", "widnow" }.Zip(faults))
        {
            Assert.Contains(mistake, fault.Problem, StringComparison.Ordinal);
        }
    }

    private const string Base = """
        kind: Entity
        name: airport
        keys: [{ name: origin, type: string }]
        ---
        kind: Source
        name: departures
        table: flights.departures
        fields: { minutes: delay }
        ---
        kind: FeatureView
        name: delays
        entity: airport
        source: departures
        clocks: { event: departs_at, available: known_at }
        features:
          - { name: last_delay, column: minutes }
          - { name: delay_avg, aggregate: avg(minutes), window: 3h }
          - { name: carrier_first, aggregate: first(carrier), window: 1d }
          - { name: rate, column: rate }
          - { name: n, aggregate: count(*), window: 1h }
        ---
        kind: OnDemandView
        name: risk
        inputs: [delays:delay_avg, "delays[origin=destination]@dest:last_delay"]
        request: [{ name: distance, type: long }]
        features: [{ name: score, expression: delay_avg + dest__last_delay / distance }, { name: is_far, expression: distance > 1000 }]
        ---
        kind: FeatureService
        name: model
        features: [delays:*, "risk:*"]
        ---

        """;

    [Fact]
    public async Task CheckAsync_OfViewsOverSourcesAndSql_TellsTheTypeOfEachFeature()
    {
        var check = await CheckAsync("""
            kind: FeatureView
            name: sums
            entity: airport
            sql: SELECT origin, departs_at, known_at, minutes * 2 AS twice, d.rate FROM departures AS d JOIN flights.departures AS other USING (origin, departs_at, known_at)
            clocks: { event: departs_at, available: known_at }
            features: [{ name: s, aggregate: sum(twice), window: 2h, closed: left }]
            """);
        Assert.Empty(check.Faults);
        Assert.Empty(check.Warnings);
        Assert.Equal(
            new Dictionary<string, string> { ["last_delay"] = "int", ["delay_avg"] = "double", ["carrier_first"] = "string", ["rate"] = "float", ["n"] = "long" },
            check.Types["FeatureView/delays"]);
        Assert.Equal("long", check.Types["FeatureView/sums"]["s"]);
        Assert.Equal(new Dictionary<string, string> { ["score"] = "double", ["is_far"] = "boolean" }, check.Types["OnDemandView/risk"]);
    }

    [Theory]
    [InlineData("features: [{ name: a, expression: avg(delay) > now() }]", "its SQL calls now")]
    [InlineData("features: [{ name: a, aggregate: avg(delay > random()), window: 1h }]", "its SQL calls random")]
    [InlineData("features: [{ name: a, expression: max(delay) }]", "the expression of feature 'a' is not of one row")]
    [InlineData("features: [{ name: a, expression: (SELECT max(rate) FROM flights.departures) }]", "the expression of feature 'a'")]
    [InlineData("features: [{ name: a, expression: \"delay), (rate\" }]", "the expression of feature 'a' makes 2 columns")]
    [InlineData("features: [{ name: a, column: dilay }, { name: b, column: rate }]", "feature 'a' does not fit the columns it reads")]
    [InlineData("features: [{ name: a, aggregate: \"max([delay])\", window: 1h }]", "the expression '[delay]' of feature 'a' is of type list")]
    [InlineData("order_by: [dilay]\nfeatures: [{ name: a, column: rate }]", "the order_by column 'dilay' does not exist")]
    public async Task CheckAsync_OfAViewAtFault_SaysSo(string features, string problem) => await FaultyAsync(
        $"kind: FeatureView\nname: v\nentity: airport\nsource: flights.departures\nclocks: {{ event: departs_at, available: known_at }}\n{features}\n", problem);

    [Theory]
    [InlineData("SELECT 1; SELECT 2", "its SQL does not stand")]
    [InlineData("SELECT origin, departs_at, known_at, random() AS r FROM flights.departures", "its SQL calls random")]
    [InlineData("SELECT origin, known_at, rate FROM flights.departures", "the clock 'departs_at' does not exist")]
    [InlineData("SELECT departs_at, known_at, rate FROM flights.departures", "the key column 'origin' does not exist")]
    [InlineData("SELECT 1 AS origin, departs_at, known_at, rate FROM flights.departures", "the key 'origin' of entity 'airport' is declared string and is int32 in its sql")]
    [InlineData("SELECT * FROM nowhere.at_all", "there is no table 'nowhere.at_all'")]
    [InlineData("SELECT 'JFK' AS origin", "its SQL reads no table")]
    [InlineData("SELECT origin, departs_at, known_at, dilay AS rate FROM flights.departures", "its sql does not fit the columns it reads")]
    public async Task CheckAsync_OfSqlAtFault_SaysSo(string sql, string problem) => await FaultyAsync(
        $"kind: FeatureView\nname: v\nentity: airport\nsql: \"{sql}\"\nclocks: {{ event: departs_at, available: known_at }}\nfeatures: [{{ name: a, column: rate }}]\n", problem);

    [Theory]
    [InlineData("kind: OnDemandView\nname: v\ninputs: [delays:rate]\nfeatures: [{ name: a, expression: rate > now() }]", "its SQL calls now")]
    [InlineData("kind: OnDemandView\nname: v\ninputs: [delays:rate]\nfeatures: [{ name: a, expression: rte * 2 }]", "feature 'a' does not fit the columns it reads")]
    [InlineData("kind: OnDemandView\nname: v\nrequest: [{ name: s, type: string }]\nfeatures: [{ name: a, expression: s + 1 }]", "feature 'a' does not fit the columns it reads")]
    [InlineData("kind: Source\nname: v\ntable: flights.departures\nfields: { a: dilay }", "the column 'dilay' does not exist")]
    [InlineData("kind: Source\nname: v\ntable: flights.departures\nfields: { rate: delay }", "there is a column 'rate' already")]
    [InlineData("kind: Source\nname: v\nparquet: data/none", "x: there is no folder 'data/none'; y")]
    [InlineData("kind: PushSource\nname: v\ntable: nowhere.at_all", "there is no table 'nowhere.at_all'")]
    public async Task CheckAsync_OfADefinitionAtFault_SaysSo(string yaml, string problem) => await FaultyAsync(yaml, problem);

    [Theory]
    [InlineData("SELECT origin, departs_at, destination, distance, delay > 15 AS late FROM flights.departures", "split: { by: group, columns: [town], parts: [{ name: a, share: 0.5 }, { name: b, share: 0.5 }] }", "the spine column 'town' does not exist")]
    [InlineData("SELECT origin, departs_at, destination, distance, now() AS late FROM flights.departures", "", "its SQL calls now")]
    [InlineData("SELECT origin, departs_at, distance, delay > 15 AS late FROM flights.departures", "", "the key column 'destination' does not exist")]
    [InlineData("SELECT origin, departs_at, destination, delay > 15 AS late FROM flights.departures", "", "the request column 'distance' does not exist")]
    [InlineData("SELECT origin, departs_at, destination, carrier AS distance, delay > 15 AS late FROM flights.departures", "", "the request column 'distance' is declared long and is utf8 in the spine")]
    [InlineData("SELECT origin, departs_at, destination, distance, rate, delay > 15 AS late FROM flights.departures", "", "the feature 'delays:rate' and the spine's column 'rate' have one name")]
    [InlineData("SELECT origin, departs_at, destination, distance, delay > 15 AS late FROM flights.departures", "transformations: [{ column: carrier_first, kind: standardize }]", "standardize needs numbers, and 'carrier_first' is of type utf8")]
    [InlineData("SELECT origin, departs_at, destination, distance, delay > 15 AS late FROM flights.departures", "transformations: [{ column: n, kind: impute, by: constant, value: x }]", "'x' is no value of 'n', which is of type int64")]
    public async Task CheckAsync_OfATrainingSetAtFault_SaysSo(string spine, string more, string problem) =>
        await FaultyAsync($"kind: TrainingSet\nname: t\nservice: model\nspine: {spine}\ntimestamp: departs_at\nlabel: late\n{more}\n", problem);

    [Fact]
    public async Task CheckAsync_OfTwoDefinitionsOfOneName_SaysWhereBothStandAndEveryOtherFault()
    {
        var check = await CheckAsync("""
            kind: Entity
            name: airport
            keys: [{ name: origin, type: string }]
            ---
            kind: Source
            name: departures
            table: flights.departures
            fields: { minutes: delay }
            ---
            kind: FeatureView
            name: delays
            entity: airport
            source: departures
            clocks: { event: departs_at, available: known_at }
            features: [{ name: last_delay, column: minutes }, { name: delay_avg, column: minutes }]
            ---
            kind: OnDemandView
            name: risk
            request: [{ name: distance, type: long }]
            features: [{ name: score, expression: distance / 2 }]
            ---
            kind: FeatureService
            name: model
            features: [delays:last_delay]
            ---
            kind: FeatureView
            name: other
            entity: airport
            source: departures
            clocks: { event: departs_at, available: known_at }
            features: [{ name: n, aggregate: count(*), window: 1h }, { name: n, aggregate: count(*), window: 2h }, { name: a, column: dilay }]
            ---
            kind: TrainingSet
            name: t
            service: model
            spine: SELECT origin, departs_at, carrier, delay > 15 AS late FROM flights.departures
            timestamp: departs_at
            label: late
            spine_features: [carrier, carrier]
            """);
        Assert.Equal(5, check.Faults.Count(f => f.Problem.StartsWith($"the name is taken by another ", StringComparison.Ordinal) && f.Problem.Contains($" at {file}:", StringComparison.Ordinal) && f.Place is not null));
        Assert.Contains(check.Faults, f => f.Problem == "feature 'n' stands twice");
        Assert.Contains(check.Faults, f => f.Problem == "spine feature 'carrier' stands twice");
        Assert.Contains(check.Faults, f => f.Problem.Contains("dilay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CheckAsync_OfASpineThatNamesASource_ReadsItAsAViewsSqlDoes() => Assert.Empty((await CheckAsync("""
        kind: FeatureService
        name: few
        features: [delays:rate]
        ---
        kind: TrainingSet
        name: t
        service: few
        spine: SELECT origin, departs_at, minutes > 15 AS late FROM departures
        timestamp: departs_at
        label: late
        """)).Faults);

    [Fact]
    public async Task CheckAsync_OfNamesThatCannotStandInOneResult_Warns()
    {
        var check = await CheckAsync("""
            kind: FeatureView
            name: v
            entity: airport
            source: departures
            clocks: { event: departs_at, available: known_at }
            features: [{ name: origin, column: carrier }]
            ---
            kind: FeatureService
            name: twice
            features: [delays:rate, "delays[origin=destination]@p:rate", v:origin]
            """);
        Assert.Empty(check.Faults);
        Assert.Equal(["FeatureView 'v'", "FeatureService 'twice'", "FeatureService 'twice'"], check.Warnings.Select(w => w.Which));
        Assert.Contains(check.Warnings, w => w.Problem.EndsWith("are both called 'rate'", StringComparison.Ordinal));
        Assert.Contains(check.Warnings, w => w.Problem == "the feature 'v:origin' and the key 'origin' have one name");
    }

    [Theory]
    [InlineData("source: departure", "there is no source 'departure'", "did you mean 'departures'?")]
    [InlineData("sql: SELECT * FROM departure", "there is no source 'departure'", "did you mean 'departures'?")]
    [InlineData("sql: SELECT * FROM flight.departures", "there is no table 'flight.departures'", "kind: Source")]
    public async Task CheckAsync_OfATableThatIsNowhere_NamesSourcesToo(string source, string problem, string remedy)
    {
        var fault = Assert.Single((await CheckAsync($"kind: FeatureView\nname: v\nentity: airport\n{source}\nclocks: {{ event: departs_at, available: known_at }}\nfeatures: [{{ name: a, column: rate }}]\n")).Faults);
        Assert.StartsWith(problem, fault.Problem, StringComparison.Ordinal);
        Assert.Contains(remedy, fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_OfSqlThatDoesNotBind_DoesNotOfferItAsTheCorrection()
    {
        var fault = Assert.Single((await CheckAsync("kind: FeatureView\nname: v\nentity: airport\nsource: departures\nclocks: { event: departs_at, available: known_at }\nfeatures: [{ name: a, column: dilay }]\n")).Faults);
        Assert.StartsWith("correct it; in: SELECT ", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_OfWhatMayNotBeMeant_Warns()
    {
        var check = await CheckAsync("""
            kind: FeatureView
            name: naive
            entity: airport
            source: flights.departures
            clocks: { event: departs_at }
            features: [{ name: a, column: rate }]
            ---
            kind: FeatureService
            name: other
            features: [naive:*]
            ---
            kind: TrainingSet
            name: t
            service: other
            spine: SELECT origin, departs_at, delay > 15 AS late FROM flights.departures
            timestamp: departs_at
            label: late
            ---
            kind: PushSource
            name: pushes
            table: flights.arrivals
            """);
        Assert.Empty(check.Faults);
        Assert.Equal(
            ["FeatureView 'naive'", "TrainingSet 't'", "PushSource 'pushes'"],
            check.Warnings.Select(w => w.Which));
        Assert.Contains("'known_at' may say when they were", check.Warnings[0].Problem, StringComparison.Ordinal);
        Assert.Contains("a row sees itself", check.Warnings[1].Problem, StringComparison.Ordinal);
        Assert.Contains("no feature view reads 'flights.arrivals'", check.Warnings[2].Problem, StringComparison.Ordinal);
    }

    private async Task FaultyAsync(string yaml, string problem)
    {
        var check = await CheckAsync(yaml);
        var fault = Assert.Single(check.Faults);
        Assert.StartsWith(problem, fault.Problem, StringComparison.Ordinal);
        Assert.True(fault.Place!.Line > 30, fault.ToString());
    }

    private async Task<DefinitionCheck> CheckAsync(string yaml)
    {
        await File.WriteAllTextAsync(file, Base + yaml, TestContext.Current.CancellationToken);
        var schema = new Schema(
            0,
            [.. new[] { ("origin", PrimitiveKind.String), ("destination", PrimitiveKind.String), ("departs_at", PrimitiveKind.Timestamp), ("known_at", PrimitiveKind.TimestampTz), ("delay", PrimitiveKind.Int), ("distance", PrimitiveKind.Long), ("rate", PrimitiveKind.Float), ("carrier", PrimitiveKind.String) }
                .Select((c, i) => new NestedField(i + 1, c.Item1, new PrimitiveType(c.Item2), Required: false))],
            []);
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
        var reading = await DefinitionReader.TryReadAsync([file], TestContext.Current.CancellationToken);
        return await DefinitionChecker.CheckAsync(
            reading,
            new DefinitionSet([]),
            engine,
            (table, _) => table == "sources.v" ? throw new DefinitionsException([new DefinitionFault(null, "x", "there is no folder 'data/none'", "y")]) : Task.FromResult(table.StartsWith("flights.", StringComparison.Ordinal) ? schema : null),
            TestContext.Current.CancellationToken);
    }
}
