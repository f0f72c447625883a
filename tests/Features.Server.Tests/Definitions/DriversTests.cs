using System.Text.RegularExpressions;
using Features.Core.Definitions;
using Features.Core.Registry;
using Features.Server.Workspaces;
using Features.Testing;

namespace Features.Server.Tests.Definitions;

/// <summary>The examples of <c>docs/definitions.md</c>, as they stand there, over Feast's drivers.</summary>
public sealed partial class DriversTests : IDisposable
{
    private static readonly string Guide = Path.Combine(Fixtures.Repository, "docs", "definitions.md");
    private readonly string root = Directory.CreateTempSubdirectory("features-drivers-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Written => Path.Combine(root, "definitions", "guide.yaml");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Guide_AppliedAsItIsWritten_TypesTheFeaturesAndMakesItsTrainingSet()
    {
        await using var workspace = await OpenAsync();
        var plan = await workspace.ApplyAsync(planOnly: false, Token);
        Assert.All(plan.Entries, e => Assert.Equal(RegistryChange.Added, e.Change));
        Assert.Equal(
            ["Contract", "Entity", "FeatureService", "FeatureView", "OnDemandView", "Pipeline", "PushSource", "Source", "TrainingSet"],
            plan.Entries.Select(e => e.Kind).Distinct().Order());
        Assert.Equal(["FeatureService 'busy_model'", "TrainingSet 'busy'"], plan.Warnings.Select(w => w.Which));

        var versions = (await workspace.Registry.ListAsync(Token)).ToDictionary(v => $"{v.Definition.Kind}/{v.Definition.Name}");
        Assert.Equal(
            new Dictionary<string, string> { ["conv_rate"] = "float", ["is_good"] = "boolean", ["trips_avg_1d"] = "double", ["first_rate_1d"] = "float" },
            versions["FeatureView/driver_hourly"].Types);
        Assert.Equal("double", versions["OnDemandView/trip_quote"].Types["expected_miles"]);
        Assert.Equal("ml-rides", versions["FeatureView/driver_hourly"].Definition.Owner);
        Assert.False((await workspace.ApplyAsync(planOnly: true, Token)).HasChanges);
    }

    [Fact]
    public async Task Folder_OfDrivers_JoinsAsItStandsNow()
    {
        await using var workspace = await OpenAsync();
        var driver = new Entity("driver", Declare.Key("driver_id", "long"));
        var set = new TrainingSet("rates") { Service = "rates", Spine = "SELECT driver_id, event_timestamp + INTERVAL 30 MINUTE AS asked_at FROM sources.drivers", Timestamp = "asked_at" };
        await workspace.ApplyAsync(
            new DefinitionSet(
            [
                driver,
                Declare.ParquetFolder("drivers", "data/drivers"),
                new FeatureView("hourly", driver) { Source = "drivers", Clocks = new("event_timestamp"), OrderBy = ["created"], Features = [Declare.Latest("conv_rate").As("conv_rate"), Declare.Latest("event_timestamp").As("seen_at")] },
                new FeatureService("rates", "hourly:*"),
                set,
            ]),
            planOnly: false,
            Token);
        var first = (await workspace.CreateTrainingSetAsync(set, cancellationToken: Token)).Manifest;
        Assert.Equal(1808, first.Rows);

        // The rows themselves say what is right: the latest of the same driver, half an hour before.
        Assert.Equal(0, await CountAsync(workspace, "SELECT count(*) FROM training.rates WHERE seen_at IS NULL OR seen_at > asked_at OR asked_at - seen_at > INTERVAL 30 MINUTE"));
        Assert.Equal(0, await CountAsync(workspace, "SELECT count(*) FROM training.rates AS t WHERE NOT EXISTS (SELECT 1 FROM sources.drivers AS d WHERE d.driver_id = t.driver_id AND d.event_timestamp = t.seen_at AND d.conv_rate = t.conv_rate)"));

        // A file more is seen without anybody applying anything.
        File.Copy(Path.Combine(root, "data", "drivers", "driver_stats.parquet"), Path.Combine(root, "data", "drivers", "again.parquet"));
        Assert.Equal(2 * 1808, (await workspace.CreateTrainingSetAsync(set, replace: true, Token)).Manifest.Rows);
        File.Copy(Path.Combine(root, "data", "drivers", "driver_stats.parquet"), Path.Combine(root, "data", "drivers", "once_more.parquet"));
        Assert.Equal(3 * 1808, (await workspace.CreateTrainingSetAsync(set, asOf: null, replace: true, Token)).Manifest.Rows);
    }

    [Fact]
    public async Task Plan_OfAChange_ShowsTheDifferenceAndWhatItReaches()
    {
        await using var workspace = await OpenAsync();
        await workspace.ApplyAsync(planOnly: false, Token);
        await RewriteAsync("ttl: 1d", "ttl: 2d");
        var plan = await workspace.ApplyAsync(planOnly: true, Token);
        var changed = Assert.Single(plan.Entries, e => e.Change == RegistryChange.Changed);
        Assert.Equal(["ttl: 1d → 2d"], changed.Differences.Select(d => d.ToString()));
        Assert.Equal(
            [(ImpactKind.OnDemandView, "trip_quote"), (ImpactKind.FeatureService, "busy_model"), (ImpactKind.TrainingSet, "busy")],
            plan.Impacts.Select(i => (i.What, i.Name)));

        // Words change no value, so they reach nothing.
        await RewriteAsync("ttl: 2d", "ttl: 1d");
        await RewriteAsync("owner: growth", "owner: sales");
        plan = await workspace.ApplyAsync(planOnly: false, Token);
        Assert.Equal(["features/conv_rate/owner: growth → sales"], plan.Entries.SelectMany(e => e.Differences).Select(d => d.ToString()));
        Assert.Empty(plan.Impacts);
        Assert.Equal([1, 2], (await workspace.Registry.HistoryAsync("FeatureView", "driver_hourly", Token)).Select(v => v.Version));
    }

    [Fact]
    public async Task Prune_OfWhatIsReferredTo_IsRefusedAndOfTheRestRemoves()
    {
        await using var workspace = await OpenAsync();
        await workspace.ApplyAsync(planOnly: false, Token);
        var documents = (await File.ReadAllTextAsync(Written, Token)).Split("\n---\n");
        await File.WriteAllTextAsync(Written, string.Join("\n---\n", documents.Where(d => !d.Contains("kind: OnDemandView", StringComparison.Ordinal))), Token);
        var fault = await Assert.ThrowsAsync<DefinitionsException>(() => workspace.ApplyAsync(planOnly: false, prune: true, Token));
        Assert.Contains("there is no FeatureView 'trip_quote'", fault.Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Written, string.Join("\n---\n", documents.Where(d => !d.Contains("kind: PushSource", StringComparison.Ordinal))), Token);
        Assert.Equal(RegistryChange.Absent, (await workspace.ApplyAsync(planOnly: false, Token)).Entries.Single(e => e.Name == "trips_push").Change);
        Assert.Equal((RegistryChange.Removed, 2), (await workspace.ApplyAsync(planOnly: false, prune: true, Token)).Entries.Where(e => e.Name == "trips_push").Select(e => (e.Change, e.Version)).Single());
        Assert.Null((await workspace.Registry.LoadAsync(Token)).Find<PushSource>("trips_push"));
        Assert.Equal([false, true], (await workspace.Registry.HistoryAsync("PushSource", "trips_push", Token)).Select(v => v.IsRemoval));

        // What comes back goes on counting.
        await File.WriteAllTextAsync(Written, string.Join("\n---\n", documents), Token);
        Assert.Equal((RegistryChange.Added, 3), (await workspace.ApplyAsync(planOnly: false, Token)).Entries.Where(e => e.Name == "trips_push").Select(e => (e.Change, e.Version)).Single());
    }

    [Fact]
    public async Task Guide_InCSharp_IsTheCodeOfATest()
    {
        var test = Squeeze(await File.ReadAllTextAsync(Path.Combine(Fixtures.Repository, "tests", "Features.Core.Tests", "Definitions", "DeclareTests.cs"), Token));
        var snippet = Assert.Single(Blocks(await File.ReadAllTextAsync(Guide, Token), "csharp"));
        Assert.Contains(Squeeze(snippet), test, StringComparison.Ordinal);
    }

    private static string Squeeze(string text) => Spaces().Replace(text, " ").Trim();

    private static IEnumerable<string> Blocks(string markdown, string language) => Fences().Matches(markdown).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value.TrimEnd());

    private static async Task<long> CountAsync(Workspace workspace, string sql)
    {
        await foreach (var count in workspace.QueryAsync<long>(sql, Token))
        {
            return count;
        }

        return -1;
    }

    private async Task<Workspace> OpenAsync()
    {
        var drivers = Fixtures.Find("datasets", "feast", "driver_stats.parquet");
        Assert.SkipWhen(drivers is null, "the fixtures are missing");
        Directory.CreateDirectory(Path.Combine(root, "definitions"));
        Directory.CreateDirectory(Path.Combine(root, "data", "drivers"));
        File.Copy(drivers, Path.Combine(root, "data", "drivers", "driver_stats.parquet"));
        await File.WriteAllTextAsync(Path.Combine(root, "features.yaml"), "name: rides\n", Token);
        await File.WriteAllTextAsync(Written, string.Join("\n---\n", Blocks(await File.ReadAllTextAsync(Guide, Token), "yaml")), Token);
        return await Workspace.OpenAsync(root, Token);
    }

    private async Task RewriteAsync(string old, string @new) => await File.WriteAllTextAsync(Written, (await File.ReadAllTextAsync(Written, Token)).Replace(old, @new, StringComparison.Ordinal), Token);

    [GeneratedRegex(@"```(\w+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
