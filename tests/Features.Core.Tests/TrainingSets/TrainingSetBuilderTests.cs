using System.Text.Json.Nodes;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.Core.Tests.PointInTime;
using Features.Core.TrainingSets;
using Features.Iceberg;
using Features.Iceberg.Transactions;
using Features.Testing;
using static Features.Core.Tests.TrainingSets.FlightsWorkspace;

namespace Features.Core.Tests.TrainingSets;

public class TrainingSetBuilderTests
{
    private static readonly Gen<List<Departure>> Departures = Gen.Select(
        Gen.OneOf("SFO", "JFK", null), Gen.Long[0, 60].Nullable(0.05), Gen.Long[0, 80].Nullable(0.05), Gen.Int[-3, 6].Nullable(0.1), Gen.OneOf("AA", "ba", "É", null),
        (o, d, k, x, c) => new Departure(o, d, k, x, c)).List[0, 40];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Set_OfAnyDepartures_HasTheFeaturesThatTheNestedLoopSays() => await Departures.SampleAsync(
        async departures =>
        {
            await using var workspace = new FlightsWorkspace();
            await workspace.AppendAsync(departures);
            var manifest = (await workspace.CreateAsync()).Manifest;
            var rows = await RowsAsync(workspace.Store.ReadAsync(manifest, "local", "dataset", Token));
            Assert.Equal(departures.Count(d => d.Origin is not null), rows.Count);
            foreach (var row in rows)
            {
                AssertFeatures(departures, row);
            }
        },
        iter: 8, threads: 1);

    [Fact]
    public async Task Set_MadeTwice_IsUnchangedUntilItsSourcesChange()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(30));
        var first = await workspace.CreateAsync();
        Assert.Equal(TrainingSetChange.Created, first.Change);
        workspace.Clock.Advance(TimeSpan.FromDays(1));
        var again = await workspace.CreateAsync();
        Assert.Equal(TrainingSetChange.Unchanged, again.Change);
        Assert.Equal(TrainingSetJson.Write(first.Manifest), TrainingSetJson.Write(again.Manifest));

        await workspace.AppendAsync(Some(3));
        var refusal = await Assert.ThrowsAsync<TrainingSetException>(() => workspace.CreateAsync());
        Assert.Equal("training-set-exists", refusal.Code);
        Assert.Contains("flights.departures at", refusal.Message, StringComparison.Ordinal);
        var replaced = await workspace.CreateAsync(replace: true);
        Assert.Equal(TrainingSetChange.Replaced, replaced.Change);
        Assert.NotEqual(first.Manifest.Digest, replaced.Manifest.Digest);
        Assert.Equal(33, replaced.Manifest.Rows);

        var source = await workspace.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(FlightsWorkspace.Table)!, Token);
        Assert.Equal(source!.Metadata.CurrentSnapshotId, source.Metadata.Refs["dataset/delays"].SnapshotId);
        Assert.False(source.Metadata.Refs["dataset/delays"].IsBranch);
        Assert.Equal(source.Metadata.CurrentSnapshotId, Assert.Single(replaced.Manifest.Sources).Snapshot);
        Assert.Equal("delays", Assert.Single(await workspace.Store.ListAsync(Token)).Name);
    }

    [Fact]
    public async Task Set_Described_SaysWhatEachColumnIsFor()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        var manifest = (await workspace.CreateAsync()).Manifest;
        Assert.Equal(
            [
                "_row long row", "origin string key", "departs_at timestamp time", "late boolean label", "carrier string spine_feature", "delay_sum long feature", "late_share double feature",
                "departures long feature", "last_delay int feature", "last_carrier string feature", "max_carrier string feature",
            ],
            manifest.Columns.Select(c => $"{c.Name} {c.Type} {c.Role}"));
        var schema = workspace.Store.SchemaOf((await workspace.Store.FindAsync("delays", Token))!);
        Assert.Equal("origin_delays:delay_sum", schema.GetFieldByName("delay_sum").Metadata["features.source"]);
        Assert.Equal("label", schema.GetFieldByName("late").Metadata["features.role"]);
        Assert.Equal(["Entity/airport", "FeatureService/delay_model", "FeatureView/origin_delays", "TrainingSet/delays"], manifest.Definitions.Keys);
    }

    [Fact]
    public async Task Set_ReadAgain_HasTheDigestOfItsManifest()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(500));
        var manifest = (await workspace.CreateAsync()).Manifest;
        var verification = await workspace.Store.VerifyAsync("delays", "local", Token);
        Assert.True(verification.Matches);
        Assert.Equal((manifest.Digest, 500L), (verification.Actual, verification.Rows));
        var missing = await Assert.ThrowsAsync<TrainingSetException>(() => workspace.Store.VerifyAsync("dealys", "local", Token));
        Assert.Contains("'delays'", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_OfTaggedColumns_InheritsTheirTagsAlongItsLineage()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        await workspace.CreateAsync();
        var table = await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("training", "delays"), Token);
        var tags = TableTags.Read(table!.Metadata.Properties);
        Assert.Equal("ops", tags.Table["owner"]);
        Assert.Equal(["delay_sum", "last_delay", "late", "late_share"], tags.Columns.Where(c => c.Value.GetValueOrDefault("sensitivity") == "confidential").Select(c => c.Key).Order());
        Assert.Equal("derived", tags.Columns["max_carrier"]["note"]);

        var events = (await File.ReadAllLinesAsync(workspace.LineagePath, Token)).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(["START", "COMPLETE"], events.Select(e => e["eventType"]!.GetValue<string>()));
        var source = await workspace.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(FlightsWorkspace.Table)!, Token);
        Assert.All(events, e => Assert.Equal(source!.Metadata.CurrentSnapshotId.ToString(), e["inputs"]![0]!["facets"]!["version"]!["datasetVersion"]!.GetValue<string>()));
        var lineage = events[1]["outputs"]![0]!["facets"]!["columnLineage"]!["fields"]!["late_share"]!["inputFields"]![0]!;
        Assert.Equal(("delay", "AGGREGATION"), (lineage["field"]!.GetValue<string>(), lineage["transformations"]![0]!["subtype"]!.GetValue<string>()));
    }

    [Fact]
    public async Task OwnDelay_Changed_ChangesNoneOfThatFlightsFeatures()
    {
        await using var before = new FlightsWorkspace();
        await using var after = new FlightsWorkspace();
        var departures = Some(200).ToList();
        await before.AppendAsync(departures);
        await after.AppendAsync([.. departures.Select((d, i) => i == 77 ? d with { Delay = 1000 } : d)]);
        var own = departures[77];
        var (first, second) = (await OwnRowAsync(before, own), await OwnRowAsync(after, own));
        Assert.NotEqual(first["late"], second["late"]);
        foreach (var feature in new[] { "delay_sum", "late_share", "departures", "last_delay", "last_carrier", "max_carrier" })
        {
            Assert.Equal(first[feature], second[feature]);
        }
    }

    [Fact]
    public async Task Set_WhoseSpineLacksItsLabel_LeavesNothingBehind()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        var set = Set with { Label = "lat" };
        var failure = await Assert.ThrowsAsync<TrainingSetException>(() => workspace.Builder.CreateAsync(Declared, set, Reader.Local("dataset"), false, Token));
        Assert.Contains("'late'", failure.Message, StringComparison.Ordinal);
        Assert.Null(await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("training", "delays"), Token));
        Assert.Contains("\"FAIL\"", (await File.ReadAllLinesAsync(workspace.LineagePath, Token))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_ReplacedByOneThatCannotBeMade_Stands()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        var standing = (await workspace.CreateAsync()).Manifest;
        await Assert.ThrowsAsync<TrainingSetException>(() => workspace.Builder.CreateAsync(Declared, Set with { Label = "lat" }, Reader.Local("dataset"), true, Token));
        Assert.Equal(standing.Digest, (await workspace.Store.FindAsync("delays", Token))?.Digest);
        Assert.True((await workspace.Store.VerifyAsync("delays", "local", Token)).Matches);
    }

    [Theory]
    [InlineData(FaultyFormat.Stage.Rows)]
    [InlineData(FaultyFormat.Stage.Completed)]
    public async Task Set_WhoseReplacementFailsWhileItIsWritten_StandsWithItsSources(FaultyFormat.Stage stage)
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        var standing = (await workspace.CreateAsync()).Manifest;
        var files = workspace.Files();
        await workspace.AppendAsync(Some(3));
        var faulty = workspace.BuilderOver(new FaultyFormat(workspace.Format, stage));
        await Assert.ThrowsAsync<IOException>(() => faulty.CreateAsync(Declared, Set, Reader.Local("dataset"), true, Token));

        Assert.Equal(standing.Digest, (await workspace.Store.FindAsync("delays", Token))?.Digest);
        Assert.True((await workspace.Store.VerifyAsync("delays", "local", Token)).Matches);
        Assert.Equal(files, workspace.Files());
        var source = await workspace.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(FlightsWorkspace.Table)!, Token);
        Assert.Equal(Assert.Single(standing.Sources).Snapshot, source!.Metadata.Refs["dataset/delays"].SnapshotId);
        Assert.Equal(TrainingSetChange.Replaced, (await workspace.CreateAsync(replace: true)).Change);
    }

    [Fact]
    public async Task Set_StoppedBeforeItsSourcesWereTagged_TagsThemWhenAskedForAgain()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        await workspace.CreateAsync();
        var identifier = TableIdentifier.TryParse(FlightsWorkspace.Table)!;
        var source = (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!;
        await source.NewTransaction().Add(new SetSnapshotRef("dataset/delays", null)).CommitAsync(Token);
        Assert.Equal(TrainingSetChange.Unchanged, (await workspace.CreateAsync()).Change);
        Assert.Contains("dataset/delays", (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!.Metadata.Refs.Keys);
    }

    [Fact]
    public async Task Set_Broken_IsMadeAgainWithReplace()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        var whole = (await workspace.CreateAsync()).Manifest;
        var table = (await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("training", "delays"), Token))!;
        await table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { [TrainingSetJson.Property] = "{" })).CommitAsync(Token);
        var broken = await Assert.ThrowsAsync<TrainingSetException>(() => workspace.CreateAsync());
        Assert.Contains("with replace", broken.Message, StringComparison.Ordinal);
        var again = await workspace.CreateAsync(replace: true);
        Assert.Equal((TrainingSetChange.Replaced, whole.Digest), (again.Change, again.Manifest.Digest));
    }

    [Fact]
    public async Task Set_OfExpressionsThatEndInAComment_IsMade()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        var view = Declared.Find<FeatureView>("origin_delays")!;
        var commented = new DefinitionSet(
        [
            .. Declared.Definitions.Where(d => d is not FeatureView),
            view with { Features = [new Feature("last", "delay -- as reported"), new Feature("seen", "carrier -- any", Aggregate.Count, TimeSpan.FromHours(1))] },
        ]);
        Assert.Empty(await CheckAsync(workspace, commented));
        Assert.Equal(5, (await workspace.Builder.CreateAsync(commented, Set, Reader.Local("dataset"), false, Token)).Manifest.Rows);
    }

    [Fact]
    public async Task Set_OfNoRows_IsASet()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync([]);
        Assert.Equal(0, (await workspace.CreateAsync()).Manifest.Rows);
        Assert.True((await workspace.Store.VerifyAsync("delays", "local", Token)).Matches);
    }

    [Fact]
    public async Task Manifest_AsJson_HasTheKeysOfItsSchema()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(3));
        var written = JsonNode.Parse(TrainingSetJson.Write((await workspace.CreateAsync()).Manifest))!.AsObject();
        var example = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Fixtures.Repository, "schemas", "training-set", "examples", "valid", "delays.json"), Token))!.AsObject();
        Assert.Equal(example.Select(k => k.Key).Order(), written.Select(k => k.Key).Order());
    }

    [Fact]
    public async Task Definitions_AgainstTheRealTable_AreFaultless()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(1));
        Assert.Empty(await CheckAsync(workspace, Declared));
        var view = Declared.Find<FeatureView>("origin_delays")!;
        var faults = await CheckAsync(workspace, new DefinitionSet(
        [
            .. Declared.Definitions.Where(d => d is not (FeatureView or TrainingSet)),
            view with { Features = [new Feature("a", "dealy"), new Feature("b", "random()"), new Feature("c", "max(delay)"), new Feature("d", "carrier", Aggregate.Avg, TimeSpan.FromHours(1))] },
            view with { Name = "other", Clocks = new Clocks("carrier", "knwon_at"), Features = [new Feature("e", "delay")] },
            view with { Name = "third", Clocks = new Clocks("carrier"), Source = "flights.arrivals", Features = [new Feature("f", "delay")] },
            Set with { Label = "lat", Spine = "SELECT origin, delay AS departs_at FROM flights.departures" },
        ]));
        Assert.Equal(8, faults.Count);
        Assert.Contains(faults, f => f.Problem.Contains("random", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Problem.Contains("feature 'c' is not of one row", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Problem.Contains("'knwon_at' does not exist", StringComparison.Ordinal) && f.Remedy.Contains("'known_at'", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Problem.Contains("there is no table 'flights.arrivals'", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Problem.Contains("the spine column 'lat' does not exist", StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<DefinitionFault>> CheckAsync(FlightsWorkspace workspace, DefinitionSet set) => (await DefinitionChecker.CheckAsync(
        set, workspace.Engine, async (name, token) => (await workspace.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(name)!, token))?.Metadata.CurrentSchema, Token)).Faults;

    private static async Task<Dictionary<string, object?>> OwnRowAsync(FlightsWorkspace workspace, Departure own)
    {
        var manifest = (await workspace.CreateAsync()).Manifest;
        var rows = await RowsAsync(workspace.Store.ReadAsync(manifest, "local", "dataset", Token));
        return rows.Single(r => (string?)r["origin"] == own.Origin && (long?)r["departs_at"] == own.DepartsAt);
    }

    private static void AssertFeatures(IReadOnlyList<Departure> departures, Dictionary<string, object?> row)
    {
        // The order among ties: the canonical row order, nulls greatest, texts by their UTF-8 bytes.
        var ordered = departures.OrderBy(d => d.Origin is null).ThenBy(d => d.Origin, StringComparer.Ordinal).ThenBy(d => d.Delay is null).ThenBy(d => d.Delay).ThenBy(d => d.Carrier is null).ThenBy(d => d.Carrier, StringComparer.Ordinal).ToList();
        var rows = ordered.Select((d, i) => new NestedLoop.Row(d.Origin, d.DepartsAt, d.KnownAt, i, i, d.Delay)).ToList();
        var spine = new NestedLoop.Spine((string?)row["origin"], (long?)row["departs_at"]);
        var window = NestedLoop.Window(rows, spine, 20, true, false);
        var delays = window.Select(w => w.Whole).OfType<long>().ToList();
        Assert.Equal(delays.Count == 0 ? null : delays.Sum(), (long?)row["delay_sum"]);
        Assert.Equal(delays.Count == 0 ? null : delays.Count(d => d > 2) / (double)delays.Count, (double?)row["late_share"]);
        Assert.Equal(window.Count, (long?)row["departures"]);
        Assert.Equal(window.Select(w => ordered[w.Order].Carrier).Max(StringComparer.Ordinal), (string?)row["max_carrier"]);
        var winner = NestedLoop.Latest(rows, spine, 30, true, false);
        Assert.Equal((int?)winner?.Whole, (int?)row["last_delay"]);
        Assert.Equal(winner is null ? null : ordered[winner.Order].Carrier, (string?)row["last_carrier"]);
    }

    private static List<Departure> Some(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Departure(i % 3 == 0 ? "SFO" : "JFK", i, i + 1 + i * 7 % 5, i * 13 % 9 - 2, i % 2 == 0 ? "AA" : "UA"))];
}
