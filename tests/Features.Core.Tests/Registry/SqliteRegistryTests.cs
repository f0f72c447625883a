using Features.Core.Definitions;
using Features.Core.Registry;
using Microsoft.Extensions.Time.Testing;
using static Features.Core.Definitions.Declare;

namespace Features.Core.Tests.Registry;

public sealed class SqliteRegistryTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("registry-");
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero));

    private static readonly Entity Airport = new("airport", Key("origin"));

    [Fact]
    public async Task Apply_OfNewChangedAndMissingDefinitions_SaysWhichIsWhich()
    {
        var registry = Open();
        var first = await registry.ApplyAsync(new DefinitionSet([Airport, View(Days(7)), new Entity("route", Key("a"), Key("b"))]), Token);
        Assert.Equal([RegistryChange.Added, RegistryChange.Added, RegistryChange.Added], first.Entries.Select(e => e.Change));

        clock.Advance(TimeSpan.FromHours(1));
        var plan = await registry.PlanAsync(new DefinitionSet([Airport, View(Days(8))]), Token);
        Assert.Equal([("airport", RegistryChange.Unchanged, 1), ("delays", RegistryChange.Changed, 2), ("route", RegistryChange.Absent, 1)], plan.Entries.Select(e => (e.Name, e.Change, e.Version)));
        Assert.Equal(Days(7), (await registry.LoadAsync(Token)).Find<FeatureView>("delays")!.Ttl);

        var applied = await registry.ApplyAsync(new DefinitionSet([Airport, View(Days(8))]), Token);
        Assert.Equal(plan.Entries.Select(e => (e.Name, e.Change, e.Version, e.Hash)), applied.Entries.Select(e => (e.Name, e.Change, e.Version, e.Hash)));
        Assert.Equal(["ttl: 7d → 8d"], applied.Entries[1].Differences.Select(d => d.ToString()));
        Assert.False((await registry.ApplyAsync(new DefinitionSet([Airport, View(Days(8))]), Token)).HasChanges);

        var loaded = await Open().LoadAsync(Token);
        Assert.Equal(["airport", "delays", "route"], loaded.Definitions.Select(d => d.Name));
        Assert.Equal(Days(8), loaded.Find<FeatureView>("delays")!.Ttl);
        var history = await registry.HistoryAsync("FeatureView", "delays", Token);
        Assert.Equal([(1, 4), (2, 5)], history.Select(h => (h.Version, h.AppliedAt.Hour)));
        Assert.Equal([Days(7), Days(8)], history.Select(h => ((FeatureView)h.Definition).Ttl!.Value));
    }

    [Fact]
    public async Task Apply_ThatBreaksWhatStands_ChangesNothing()
    {
        var registry = Open();
        await registry.ApplyAsync(new DefinitionSet([Airport, View(Days(7)), new FeatureService("model", "delays:delay_avg")]), Token);
        var renamed = View(Days(7)) with { Features = [Avg("delay").Over(Hours(3)).As("other")] };
        var failure = await Assert.ThrowsAsync<DefinitionsException>(() => registry.ApplyAsync(new DefinitionSet([new Entity("route", Key("a")), renamed]), Token));
        Assert.Equal("view 'delays' has no feature 'delay_avg'", Assert.Single(failure.Faults).Problem);
        Assert.Null((await registry.LoadAsync(Token)).Find<Entity>("route"));
    }

    [Fact]
    public async Task Apply_ByManyAtOnce_GivesEachVersionOnce()
    {
        await Open().ApplyAsync(new DefinitionSet([Airport, View(Days(1))]), Token);
        var plans = await Task.WhenAll(Enumerable.Range(2, 12).Select(d => Task.Run(() => Open().ApplyAsync(new DefinitionSet([Airport, View(Days(d))]), Token))));
        Assert.Equal(Enumerable.Range(2, 12), plans.Select(p => p.Entries[1].Version).Order());
        Assert.Equal(Enumerable.Range(1, 13), (await Open().HistoryAsync("FeatureView", "delays", Token)).Select(v => v.Version));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static FeatureView View(TimeSpan ttl) => new("delays", Airport)
    {
        Source = Table("flights.departures"),
        Clocks = new("departs_at", "known_at"),
        Ttl = ttl,
        Features = [Avg("delay").Over(Hours(3)).As("delay_avg")],
    };

    private SqliteRegistry Open() => new(Path.Combine(folder.FullName, "registry.db"), clock);
}
