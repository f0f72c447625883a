using Features.Core.Definitions;
using Features.Core.Registry;
using Microsoft.Extensions.Time.Testing;

namespace Features.Core.Tests.Registry;

public sealed class DownstreamImpactsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("impacts-");
    private readonly FakeTimeProvider clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const string Yaml = """
        kind: Entity
        name: e
        keys: [{ name: k, type: long }]
        ---
        kind: Source
        name: rows
        table: a.b
        ---
        kind: FeatureView
        name: plain
        entity: e
        source: rows
        clocks: { event: t }
        features: [{ name: x, column: x }]
        ---
        kind: FeatureView
        name: shaped
        entity: e
        sql: SELECT k, t, x FROM rows
        clocks: { event: t }
        features: [{ name: y, column: x }]
        ---
        kind: FeatureView
        name: other
        entity: e
        source: c.d
        clocks: { event: t }
        features: [{ name: z, column: z }]
        ---
        kind: OnDemandView
        name: sum
        inputs: [plain:x, shaped:y]
        features: [{ name: s, expression: x + y }]
        ---
        kind: FeatureService
        name: one
        features: [sum:s]
        ---
        kind: FeatureService
        name: two
        features: [other:z]
        ---
        kind: TrainingSet
        name: set
        service: one
        spine: SELECT 1
        timestamp: ts
        """;

    [Fact]
    public async Task Of_AChangedSource_ReachesAllThatIsMadeOfIt()
    {
        var plan = await PlanAsync("table: a.b", "table: a.c");
        Assert.Equal(
            ["FeatureView plain", "FeatureView shaped", "OnDemandView sum", "FeatureService one", "TrainingSet set", "Materialized shaped"],
            plan.Select(i => $"{i.What} {i.Name}"));
        Assert.All(plan, i => Assert.Equal(["Source/rows"], i.Because));
    }

    [Fact]
    public async Task Of_AChangedView_ReachesTheDatasetsThatWereMadeByIt()
    {
        var impacts = await PlanAsync("features: [{ name: y, column: x }]", "features: [{ name: y, expression: x + 1 }]");
        Assert.Equal(["OnDemandView sum", "FeatureService one", "TrainingSet set", "Dataset made", "Materialized shaped"], impacts.Select(i => $"{i.What} {i.Name}"));
        Assert.Contains("--replace", impacts[3].Consequence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_ANewTypeOfAFeature_IsAChangeThatReaches()
    {
        var registry = Registry();
        var set = DefinitionReader.ReadText(Yaml, "x.yaml");
        await registry.ApplyAsync(new RegistryRequest(set), Token);

        // Types that become known later are no change.
        var typed = new RegistryRequest(set) { Types = Types("long") };
        Assert.False((await registry.ApplyAsync(typed, Token)).HasChanges);
        Assert.Equal("long", (await registry.ListAsync(Token)).Single(v => v.Definition.Name == "plain").Types["x"]);

        var plan = await registry.ApplyAsync(typed with { Types = Types("double") }, Token);
        Assert.Equal(["types/x: long → double"], Assert.Single(plan.Entries, e => e.Change == RegistryChange.Changed).Differences.Select(d => d.ToString()));
        Assert.Equal(["long", "double"], (await registry.HistoryAsync("FeatureView", "plain", Token)).Select(v => v.Types["x"]));
        Assert.Equal("OnDemandView sum", DownstreamImpacts.Of(plan, set, set, new Dictionary<string, IReadOnlyDictionary<string, string>>(), new HashSet<string>()).Select(i => $"{i.What} {i.Name}").First());
    }

    [Theory]
    [InlineData("entity: e\nsource: c.d", "entity: e\nttl: 3h\nsource: c.d", "ttl: + 3h")]
    [InlineData("features: [{ name: z, column: z }]", "features: [{ name: z, column: z }, { name: n, aggregate: count(*), window: 1h }]", "features/n: + {\"name\":\"n\",\"aggregate\":\"count(*)\",\"window\":\"1h\"}")]
    [InlineData("features: [sum:s]", "features: [sum:s, other:z]", "features: + other:z")]
    [InlineData("timestamp: ts", "timestamp: ts\nlabel: { column: y, matures: 6h }", "label: + {\"column\":\"y\",\"matures\":\"6h\"}")]
    [InlineData("keys: [{ name: k, type: long }]", "keys: [{ name: k, type: string }]", "keys/k/type: long → string")]
    public async Task Difference_IsTold_InTheWordsOfTheYaml(string old, string @new, string difference)
    {
        var registry = Registry();
        await registry.ApplyAsync(DefinitionReader.ReadText(Yaml, "x.yaml"), Token);
        var plan = await registry.PlanAsync(DefinitionReader.ReadText(Yaml.Replace(old, @new, StringComparison.Ordinal), "x.yaml"), Token);
        Assert.Equal([difference], plan.Entries.SelectMany(e => e.Differences).Select(d => d.ToString()));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static Dictionary<string, IReadOnlyDictionary<string, string>> Types(string type) => new() { ["FeatureView/plain"] = new Dictionary<string, string> { ["x"] = type } };

    private SqliteRegistry Registry() => new(Path.Combine(folder.FullName, "registry.db"), clock);

    private async Task<IReadOnlyList<RegistryImpact>> PlanAsync(string old, string @new)
    {
        var registry = Registry();
        var before = DefinitionReader.ReadText(Yaml, "x.yaml");
        await registry.ApplyAsync(before, Token);
        var after = DefinitionReader.ReadText(Yaml.Replace(old, @new, StringComparison.Ordinal), "x.yaml");
        var made = new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["made"] = new Dictionary<string, string> { ["FeatureView/shaped"] = CanonicalJson.HashOf(before.Find<FeatureView>("shaped")!) },
            ["unrelated"] = new Dictionary<string, string> { ["FeatureView/other"] = CanonicalJson.HashOf(before.Find<FeatureView>("other")!) },
        };
        return DownstreamImpacts.Of(await registry.PlanAsync(after, Token), before, after, made, new HashSet<string> { "shaped", "other" });
    }
}
