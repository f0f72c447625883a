using Features.Core.Definitions;
using static Features.Core.Definitions.Declare;

namespace Features.Core.Tests.Definitions;

public class DefinitionReaderTests
{
    private const string Workspace = """
        kind: Pipeline
        name: departures
        source: { match: "landing/flights/*.parquet" }
        contract: departures
        clean: |
          SELECT date AS departs_at, delay FROM source
        target: { table: flights.departures, partition: [day(departs_at)], sort: ["origin", departs_at], mode: append }
        tags: { owner: ops-data, sensitivity: internal, source: "US DOT" }
        ---
        kind: Contract
        name: departures
        version: "1.2"
        columns:
          - { name: date, type: timestamp, required: true }
          - { name: delay, type: int, tags: { sensitivity: internal } }
        rules: [{ id: delay_in_range, expression: "delay BETWEEN -1440 AND 2880" }]
        ---
        kind: Entity
        name: airport
        keys: [{ name: "origin", type: string }]
        ---
        kind: FeatureView
        name: origin_delays
        entity: airport
        source: flights.departures
        clocks: { event: departs_at, available: known_at }
        ttl: 7d
        features:
          - { name: delay_avg_3h,  aggregate: avg(delay),      window: 3h }
          - { name: late_share_1d, aggregate: avg(delay > 15), window: 1d }
          - { name: departures_1h, aggregate: count(*),        window: 15m }
          - { name: last_delay,    column: delay }
          - { name: last_late,     expression: "delay > (1 + 14)" }
        ---
        kind: FeatureService
        name: delay_model
        features: [origin_delays:*]
        ---
        kind: TrainingSet
        name: delays
        service: delay_model
        spine: SELECT origin, departs_at, delay > 15 AS late FROM flights.departures
        timestamp: departs_at
        label: late
        """;

    [Fact]
    public void Workspace_OfEveryKind_IsRead()
    {
        var set = DefinitionReader.ReadText(Workspace, "all.yaml");
        Assert.Equal(["Pipeline", "Contract", "Entity", "FeatureView", "FeatureService", "TrainingSet"], set.Definitions.Select(d => d.Kind));
        var pipeline = set.Find<Pipeline>("departures")!;
        Assert.Equal(["origin", "departs_at"], pipeline.Target.Sort);
        Assert.Equal("US DOT", pipeline.Tags["source"]);
        Assert.Equal(new SourcePlace("all.yaml", 1, 1), pipeline.Place);
        Assert.Equal(new ContractColumn("date", "timestamp", true).Required, set.Find<Contract>("departures")!.Columns[0].Required);
        var view = set.Find<FeatureView>("origin_delays")!;
        Assert.Equal(TimeSpan.FromDays(7), view.Ttl);
        Assert.Equal([Aggregate.Avg, Aggregate.Avg, Aggregate.Count, null, null], view.Features.Select(f => f.Aggregate));
        Assert.Equal(["delay", "delay > 15", "*", "\"delay\"", "delay > (1 + 14)"], view.Features.Select(f => f.Expression));
        Assert.Equal([TimeSpan.FromHours(3), TimeSpan.FromDays(1), TimeSpan.FromMinutes(15), null, null], view.Features.Select(f => f.Window));
    }

    [Fact]
    public void Definition_WrittenAsCanonicalJson_ReadsBackTheSame()
    {
        foreach (var definition in DefinitionReader.ReadText(Workspace, "all.yaml").Definitions)
        {
            var json = CanonicalJson.Of(definition);
            var again = DefinitionReader.ReadJson(json, "test");
            Assert.Equal(json, CanonicalJson.Of(again));
            Assert.Null(again.Place);
        }
    }

    [Fact]
    public void View_BuiltInCSharp_HasTheHashOfItsYaml()
    {
        var airport = new Entity("airport", Key("origin"));
        var view = new FeatureView("origin_delays", airport)
        {
            Source = Table("flights.departures"),
            Clocks = new("departs_at", "known_at"),
            Ttl = Days(7),
            Features =
            [
                Avg("delay").Over(Hours(3)).As("delay_avg_3h"),
                Avg("delay > 15").Over(Days(1)).As("late_share_1d"),
                Count().Over(Minutes(15)).As("departures_1h"),
                Latest("\"delay\"").As("last_delay"),
                Latest("delay > (1 + 14)").As("last_late"),
            ],
        };
        var read = DefinitionReader.ReadText(Workspace, "all.yaml");
        Assert.Equal(CanonicalJson.HashOf(read.Find<FeatureView>("origin_delays")!), CanonicalJson.HashOf(view));
        Assert.Equal(CanonicalJson.HashOf(read.Find<Entity>("airport")!), CanonicalJson.HashOf(airport));
    }

    [Fact]
    public async Task Faults_InSeveralFiles_AreReportedAtOnceWithTheirPlaces()
    {
        var folder = Directory.CreateTempSubdirectory("definitions-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.yaml"), """
                kind: FeatureView
                name: delays
                entity: airprot
                source: flights.departures
                clocks: { event: departs_at }
                ttl: 7 days
                features:
                  - { name: a, aggregate: avg(delay), windw: 3h }
                ---
                kind: Entity
                name: airport
                keys: [{ name: origin, type: strng }]
                """, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "b.yml"), """
                kind: FeatureService
                name: model
                features: [delays:*, routes:x, airport]
                """, TestContext.Current.CancellationToken);
            var failure = await Assert.ThrowsAsync<DefinitionsException>(() => DefinitionReader.ReadAsync(folder.FullName, TestContext.Current.CancellationToken));
            Assert.Equal("definition-invalid", failure.Code);
            var lines = failure.Faults.Select(f => $"{Path.GetFileName(f.Place!.File)}:{f.Place.Line}:{f.Place.Column} {f.Problem}").ToList();
            Assert.Equal(
            [
                "a.yaml:3:9 there is no Entity 'airprot'",
                "a.yaml:6:6 'ttl' is '7 days', which is no duration",
                "a.yaml:8:39 unknown key 'windw'",
                "a.yaml:12:30 'origin' has the unknown type 'strng'",
                "b.yml:3:22 there is no FeatureView 'routes'",
                "b.yml:3:32 'airport' is no feature reference",
            ], lines);
            Assert.Contains("'window'", failure.Faults[2].Remedy, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("kind: Entity\nname: airport", "the key 'keys' is missing")]
    [InlineData("kind: Entity\nname: Airport\nkeys: [{ name: a, type: string }]", "'Airport' is no name")]
    [InlineData("kind: Entity\nname: airport\nkeys: { name: a }", "'keys' is not a list")]
    [InlineData("kind: Entity\nname: airport\nkeys: []", "'keys' is empty")]
    [InlineData("kind: Entity\nname: airport\nkeys: [a]", "'keys' is not a mapping")]
    [InlineData("kind: Entity\nname: airport\nkeys: [{ name: a, type: string }, { name: a, type: int }]", "key 'a' stands twice")]
    [InlineData("kind: Entitty\nname: airport", "there is no kind 'Entitty'")]
    [InlineData("name: airport", "the key 'kind' is missing")]
    [InlineData("- a", "it is not a mapping")]
    [InlineData("kind: [", "it is not YAML")]
    [InlineData("kind: FeatureService\nname: m\nfeatures: [v:x]", "there is no FeatureView 'v'")]
    [InlineData("kind: TrainingSet\nname: t\nservice: m\nspine: SELECT 1\ntimestamp: ts\nlabel: ts", "the label is the timestamp")]
    [InlineData("kind: TrainingSet\nname: t\nservice: m\nspine: SELECT 1\ntimestamp: ts\nlabel: y\nspine_features: [y]", "the label 'y' is among the spine features")]
    [InlineData("kind: TrainingSet\nname: t\nservice: m\nspine: SELECT 1\ntimestamp: ts\nfull_names: yes", "'full_names' is not a truth value")]
    [InlineData("kind: Pipeline\nname: p\nsource: { match: x.csv }\ntarget: { table: flights }", "'flights' is no table name")]
    [InlineData("kind: Pipeline\nname: p\nsource: { match: x.csv }\ntarget: { table: a.b }\ncontract: c", "there is no Contract 'c'")]
    [InlineData("kind: Pipeline\nname: p\nsource: { match: x.csv }\ntarget: { table: a.b, mode: upsert }", "mode 'upsert' is not supported")]
    public void Document_WithAFault_IsRefusedWithItsPlace(string yaml, string problem)
    {
        var failure = Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText(yaml, "x.yaml"));
        Assert.Contains(failure.Faults, f => f.Problem.StartsWith(problem, StringComparison.Ordinal) && f.Place is { File: "x.yaml", Line: > 0, Column: > 0 } && f.Remedy.Length > 0);
    }

    [Theory]
    [InlineData("{ name: a, aggregate: avg(x) }", "feature 'a' aggregates over no window")]
    [InlineData("{ name: a, column: x, window: 3h }", "feature 'a' has a window but no aggregate")]
    [InlineData("{ name: a, column: x, expression: y }", "feature 'a' must have exactly one of")]
    [InlineData("{ name: a }", "feature 'a' must have exactly one of")]
    [InlineData("{ name: a, aggregate: avg(x) + avg(y), window: 3h }", "'avg(x) + avg(y)' is no aggregate")]
    [InlineData("{ name: a, aggregate: median(x), window: 3h }", "'median(x)' is no aggregate")]
    [InlineData("{ name: a, aggregate: sum(*), window: 3h }", "feature 'a' is of '*'")]
    [InlineData("{ name: a, aggregate: sum(x), window: 0h }", "'window' is '0h', which is no duration")]
    [InlineData("{ name: a, aggregate: sum(x), window: 999999999999d }", "'window' is '999999999999d', which is no duration")]
    public void Feature_WithAFault_IsRefused(string feature, string problem)
    {
        var yaml = $"kind: Entity\nname: e\nkeys: [{{ name: k, type: long }}]\n---\nkind: FeatureView\nname: v\nentity: e\nsource: a.b\nclocks: {{ event: t }}\nfeatures:\n  - {feature}";
        var failure = Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText(yaml, "x.yaml"));
        Assert.StartsWith(problem, Assert.Single(failure.Faults).Problem, StringComparison.Ordinal);
        Assert.Equal(11, failure.Faults[0].Place!.Line);
    }

    [Fact]
    public void TrainingSet_WhoseFeaturesClash_NamesBoth()
    {
        var views = string.Concat(new[] { "v", "w" }.Select(v => $"kind: FeatureView\nname: {v}\nentity: e\nsource: a.b\nclocks: {{ event: t }}\nfeatures: [{{ name: x, column: x }}]\n---\n"));
        var yaml = $"kind: Entity\nname: e\nkeys: [{{ name: k, type: long }}]\n---\n{views}kind: FeatureService\nname: m\nfeatures: [v:*, w:*]\n---\nkind: TrainingSet\nname: t\nservice: m\nspine: SELECT 1\ntimestamp: ts\n";
        var fault = Assert.Single(Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText(yaml, "x.yaml")).Faults);
        Assert.Equal("'v:x' and 'w:x' are both called 'x'", fault.Problem);
        Assert.NotEmpty(DefinitionReader.ReadText(yaml + "full_names: true\n", "x.yaml").Definitions);
    }

    [Fact]
    public void Name_WrittenTwice_NamesTheFirstPlace()
    {
        const string Entity = "kind: Entity\nname: e\nkeys: [{ name: k, type: long }]\n";
        var fault = Assert.Single(Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText($"{Entity}---\n{Entity}", "x.yaml")).Faults);
        Assert.Equal("the name is taken by another Entity at x.yaml:1:1", fault.Problem);
        Assert.Equal(6, fault.Place!.Line);
    }

    [Fact]
    public void Contract_OfTheOpenStandard_IsReadAsAContract()
    {
        var contract = DefinitionReader.ReadText("""
            apiVersion: v3.1.0
            kind: DataContract
            id: 53581432-6c55-4ba2-a65f-72344a91553a
            name: departures
            version: 1.0.0
            status: active
            servers: [{ server: x, type: local, path: y, format: parquet }]
            schema:
              - name: flights
                properties:
                  - { name: date, logicalType: timestamp, required: true, classification: internal }
                  - name: delay
                    logicalType: integer
                    physicalType: int
                    quality:
                      - { id: not_null, metric: nullValues, mustBe: 0 }
                      - { id: known, type: sql, query: "SELECT COUNT(*) FROM {object} WHERE {property} > 2880", mustBe: 0 }
                quality:
                  - { type: text, description: Delays are arrival delays. }
            """, "c.yaml").Find<Contract>("departures")!;
        Assert.Equal("1.0.0", contract.Version);
        Assert.Equal([("date", "timestamp", true), ("delay", "int", false)], contract.Columns.Select(c => (c.Name, c.Type, c.Required)));
        Assert.Equal("internal", contract.Columns[0].Tags["sensitivity"]);
        Assert.Equal([("not_null", "\"delay\" IS NOT NULL"), ("known", "(\"delay\" > 2880) IS NOT TRUE")], contract.Rules.Select(r => (r.Id, r.Expression)));
    }

    [Fact]
    public void Contract_WithACheckOverTheWholeTable_IsRefusedRatherThanIgnored()
    {
        var failure = Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText("""
            apiVersion: v3.1.0
            kind: DataContract
            id: c
            version: 1.0.0
            status: active
            schema: [{ name: t, properties: [{ name: a, logicalType: string }], quality: [{ id: rows, metric: rowCount, mustBeGreaterThan: 10 }] }]
            """, "c.yaml"));
        Assert.StartsWith("the quality check 'rows' cannot be made a row at a time", Assert.Single(failure.Faults).Problem, StringComparison.Ordinal);
    }
}
