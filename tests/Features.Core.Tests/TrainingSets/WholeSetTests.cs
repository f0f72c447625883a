using System.Text.Json.Nodes;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.Core.Registry;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Verification;
using Features.Core.Transformations;
using Features.Iceberg;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using static Features.Core.Tests.TrainingSets.FlightsWorkspace;

namespace Features.Core.Tests.TrainingSets;

/// <summary>Sets with a label that matures, a split and transformations, from their making to their verification.</summary>
public class WholeSetTests
{
    private static readonly TrainingSet Whole = Set with
    {
        Spine = "SELECT origin, departs_at, known_at, delay > 2 AS late, carrier FROM flights.departures WHERE origin IS NOT NULL",
        Label = new Label("late") { KnownAt = "known_at" },
        Split = new Split(SplitBy.Time, new("train", 0.6), new("test", 0.4)) { Gap = TimeSpan.FromMicroseconds(3) },
        Transformations =
        [
            new Transformation("last_delay", TransformationKind.Impute),
            new Transformation("last_delay__impute", TransformationKind.Standardize) { As = "delay_scaled" },
            new Transformation("carrier", TransformationKind.OneHot) { As = "carrier" },
            new Transformation("last_carrier", TransformationKind.Vocabulary),
            new Transformation("delay_sum", TransformationKind.Quantile) { Size = 4 },
        ],
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Set_Whole_SaysAllThatItWasMadeOf()
    {
        await using var workspace = await MadeAsync(100);
        var manifest = (await workspace.Store.FindAsync("delays", Token))!;
        Assert.Equal(
            ["row", "key", "time", "spine", "label", "spine_feature", "feature", "feature", "feature", "feature", "feature", "feature", "transformed", "transformed", "transformed", "transformed", "transformed", "transformed", "split"],
            manifest.Columns.Select(c => c.Role));
        Assert.Equal(["last_delay__impute", "delay_scaled", "carrier__AA", "carrier__UA", "last_carrier__vocabulary", "delay_sum__quantile", "_split"], manifest.Columns.Skip(12).Select(c => c.Name));
        var statistics = manifest.Statistics!;
        Assert.Equal(["test", "train", null], statistics.Parts.Select(p => p.Name));
        Assert.Equal(manifest.Rows, statistics.Parts.Sum(p => p.Rows));
        Assert.Equal("1970-01-01T00:00:00.00006", DateTimeOffset.FromUnixTimeMilliseconds(0).Add(manifest.Boundaries[0] - DateTimeOffset.UnixEpoch).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(("1970-01-01T00:00:00.000063", "1970-01-01T00:00:00.000056"), (statistics.Parts[0]["departs_at"]!.Min, statistics.Parts[1]["departs_at"]!.Max));
        Assert.Equal(statistics.Parts[1].Rows, statistics.Parts[1]["late"]!.Top!.Values.Sum(v => v.Count));
        Assert.Equal(100, statistics["departs_at"]!.Distinct!.Count);
        Assert.Equal(100, statistics["delay_scaled"]!.Histogram!.Counts.Sum());
        Assert.Equal(workspace.Clock.GetUtcNow(), manifest.AsOf);
        Assert.Equal("local may", Assert.Single(manifest.Policy).PolicyId);
        Assert.Equal(Whole.Split!.Gap, manifest.Declared!.Split!.Gap);
    }

    [Fact]
    public async Task Transformations_OfASet_AreLearnedFromItsTrainPart_AndStoredToTheBit()
    {
        await using var workspace = await MadeAsync(100);
        var manifest = (await workspace.Store.FindAsync("delays", Token))!;
        var rows = await RowsAsync(workspace.Store.ReadAsync(manifest, "local", "dataset", Token));
        var train = rows.Where(r => (string?)r["_split"] == "train").Select(r => (double)(int)r["last_delay__impute"]!).ToList();
        var fitted = (FittedStandardize)manifest.Transformations[1];
        Assert.Equal(train.Count, fitted.Count);
        Assert.Equal(train.Average(), fitted.Mean!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(train.Average(x => Math.Pow(x - train.Average(), 2))), fitted.StandardDeviation!.Value, 1e-12);

        var online = new Transformer(manifest.Transformations);
        foreach (var row in rows)
        {
            var request = online.Inputs.ToDictionary(c => c, c => row[c]);
            online.Apply(request);
            Assert.All(manifest.Columns.Where(c => c.Role == "transformed"), c => Assert.Equal(row[c.Name], request[c.Name]));
        }
    }

    [Fact]
    public async Task Rows_WhoseLabelIsNotKnownAtTheSetsMoment_AreLeftOutAndCounted()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(50));
        var asOf = DateTimeOffset.UnixEpoch.AddMicroseconds(30);
        var result = await workspace.Builder.CreateAsync(Declared, Whole with { Split = null, Transformations = [] }, Reader.Local("dataset"), false, asOf, Token);
        var known = Some(50).Count(d => d.KnownAt <= 30);
        Assert.Equal((known, 50 - known, asOf), (result.Manifest.Rows, result.Manifest.LeftOut, result.Manifest.AsOf));
        var matured = Whole with { Split = null, Transformations = [], Label = new Label("late") { Matures = TimeSpan.FromMicroseconds(10) } };
        var other = await workspace.Builder.CreateAsync(Declared, matured, Reader.Local("dataset"), true, asOf, Token);
        Assert.Equal((21, 29), (other.Manifest.Rows, other.Manifest.LeftOut));
        var refusal = await Assert.ThrowsAsync<TrainingSetException>(() => workspace.Builder.CreateAsync(Declared, matured, Reader.Local("dataset"), false, asOf.AddMicroseconds(1), Token));
        Assert.Contains("as of", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_VerifiedAsItStands_HasItsRowsAndItsSources()
    {
        await using var workspace = await MadeAsync(60);
        var verification = await workspace.Verifier.VerifyStoredAsync("delays", Reader.Local("dataset"), Token);
        Assert.True(verification.IsVerified);
        var source = (await workspace.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(FlightsWorkspace.Table)!, Token))!;
        await source.NewTransaction().Add(new SetSnapshotRef("dataset/delays", null)).CommitAsync(Token);
        verification = await workspace.Verifier.VerifyStoredAsync("delays", Reader.Local("dataset"), Token);
        Assert.False(verification.IsVerified);
        Assert.True(verification.Rows.Matches);
        Assert.Contains("is gone", Assert.Single(verification.Sources).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_MadeAgainAfterDataAndDefinitionsWentOn_IsIdentical()
    {
        await using var workspace = await MadeAsync(60);
        await workspace.AppendAsync(Some(20));
        var view = Declared.Find<FeatureView>("origin_delays")!;
        await workspace.Registry.ApplyAsync(new RegistryRequest(new DefinitionSet([view with { Ttl = TimeSpan.FromMicroseconds(2) }])), Token);
        workspace.Clock.Advance(TimeSpan.FromDays(3));
        var verification = await workspace.Verifier.VerifyRebuildAsync("delays", Reader.Local("dataset"), Token);
        Assert.Equal((RebuildOutcome.Identical, 60L, null), (verification.Outcome, verification.Rows, verification.Reason));
        Assert.Equal(verification.Stored, verification.Rebuilt);
    }

    [Fact]
    public async Task Set_OfATableThatWasEvolvedWithoutASnapshot_IsMadeAgainAsItWasRead()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(40));
        var set = Whole with { Spine = "SELECT origin, departs_at, known_at, delay > 2 AS late, airline AS carrier FROM flights.departures WHERE origin IS NOT NULL" };
        var view = Declared.Find<FeatureView>("origin_delays")!;
        view = view with { Features = [.. view.Features.Where(f => !f.Expression.Contains("carrier", StringComparison.Ordinal)), new Feature("last_carrier", "airline")] };
        var definitions = new DefinitionSet([.. Declared.Definitions.Where(d => d is not (TrainingSet or FeatureView)), view]);
        await workspace.Registry.ApplyAsync(new RegistryRequest(definitions), Token);
        await EvolveAsync(workspace, new UpdateSchema().RenameColumn("carrier", "airline"));
        await workspace.Builder.CreateAsync(definitions, set, Reader.Local("dataset"), false, Token);
        var verification = await workspace.Verifier.VerifyRebuildAsync("delays", Reader.Local("dataset"), Token);
        Assert.Equal((RebuildOutcome.Identical, 40L, null), (verification.Outcome, verification.Rows, verification.Reason));

        await EvolveAsync(workspace, new UpdateSchema().RenameColumn("airline", "carrier"));
        Assert.Equal(RebuildOutcome.Identical, (await workspace.Verifier.VerifyRebuildAsync("delays", Reader.Local("dataset"), Token)).Outcome);
        await EvolveAsync(workspace, new UpdateSchema().WidenColumn("delay", new PrimitiveType(PrimitiveKind.Long)).RenameColumn("carrier", "airline"));
        var refusal = await Assert.ThrowsAsync<TrainingSetException>(() => workspace.Builder.CreateAsync(definitions, set, Reader.Local("dataset"), false, Token));
        Assert.Contains("with the schema", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_OfAnEarlierRelease_IsFoundUnchanged()
    {
        await using var workspace = await MadeAsync(30);
        await ChangeAsync(workspace, json => ((JsonObject)json["sources"]![0]!).Remove("schema"));
        Assert.Equal(TrainingSetChange.Unchanged, (await workspace.Builder.CreateAsync(Declared, Whole, Reader.Local("dataset"), false, Token)).Change);
    }

    [Fact]
    public async Task Set_WhoseManifestWasChanged_DiffersAndSaysWhere()
    {
        await using var workspace = await MadeAsync(60, Whole with { Split = null, Transformations = [] });
        await ChangeAsync(workspace, json => json["as_of"] = "1970-01-01T00:00:00.0000200Z");
        var verification = await workspace.Verifier.VerifyRebuildAsync("delays", Reader.Local("dataset"), Token);
        Assert.Equal((RebuildOutcome.Different, false), (verification.Outcome, verification.IsVerified));
        Assert.Contains("60 rows are stored", verification.Reason, StringComparison.Ordinal);
        Assert.NotEmpty(verification.Differences);
    }

    [Fact]
    public async Task Set_WhoseSourceExpired_IsNotRebuildable()
    {
        await using var workspace = await MadeAsync(30);
        workspace.Clock.Advance(TimeSpan.FromDays(1));
        await workspace.AppendAsync(Some(5));
        var identifier = TableIdentifier.TryParse(FlightsWorkspace.Table)!;
        await (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!.NewTransaction().Add(new SetSnapshotRef("dataset/delays", null)).CommitAsync(Token);
        var pinned = (await workspace.Store.GetAsync("delays", Token)).Sources[0].Snapshot;
        await (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!.NewTransaction().Add(new RemoveSnapshots(pinned)).CommitAsync(Token);
        var verification = await workspace.Verifier.VerifyRebuildAsync("delays", Reader.Local("dataset"), Token);
        Assert.Equal((RebuildOutcome.NotRebuildable, null), (verification.Outcome, verification.Rebuilt));
        Assert.Contains("expired", verification.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_WhoseDefinitionsAreNotInTheRegistry_IsNotRebuildable()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        await workspace.CreateAsync();
        var verification = await workspace.Verifier.VerifyRebuildAsync("delays", Reader.Local("dataset"), Token);
        Assert.Equal(RebuildOutcome.NotRebuildable, verification.Outcome);
        Assert.Contains("registry", verification.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_WithABrokenSet_HasTheOthers()
    {
        await using var workspace = await MadeAsync(5);
        await workspace.Builder.CreateAsync(Declared, Set with { Name = "sound" }, Reader.Local("dataset"), false, Token);
        await ChangeAsync(workspace, json => json["rows"] = "many");
        Assert.Equal(["sound"], (await workspace.Store.ListAsync(Token)).Select(m => m.Name));
        var all = await workspace.Store.ListAllAsync(Token);
        Assert.Equal([("delays", false), ("sound", true)], all.Select(l => (l.Name, l.Manifest is not null)));
        Assert.Contains("no manifest", all[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_OfAnEmptyTrainPart_IsASet()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(10));
        var set = Whole with { Split = new Split(SplitBy.Time, new SplitPart("train") { Until = DateTimeOffset.UnixEpoch.AddDays(-1) }, new SplitPart("test")) };
        var manifest = (await workspace.Builder.CreateAsync(Declared, set, Reader.Local("dataset"), false, Token)).Manifest;
        Assert.Equal([("test", 10L)], manifest.Statistics!.Parts.Select(p => (p.Name!, p.Rows)));
        Assert.Equal(10, manifest.Statistics["delay_scaled"]!.Nulls);
    }

    [Fact]
    public async Task Spine_ThatIsVolatile_IsRefused()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(5));
        var refusal = await Assert.ThrowsAsync<TrainingSetException>(() =>
            workspace.Builder.CreateAsync(Declared, Set with { Spine = "SELECT origin, departs_at, random() > 0.5 AS late, carrier FROM flights.departures" }, Reader.Local("dataset"), false, Token));
        Assert.Contains("random", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_ThatAreLearned_InheritTheTagsOfWhatTheyAreLearnedFrom()
    {
        await using var workspace = await MadeAsync(20);
        var table = await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("training", "delays"), Token);
        var tags = TableTags.Read(table!.Metadata.Properties);
        Assert.Equal("confidential", tags.Columns["delay_scaled"]["sensitivity"]);
        Assert.False(tags.Columns.ContainsKey("carrier__AA"));
    }

    private static async Task<FlightsWorkspace> MadeAsync(int rows, TrainingSet? set = null)
    {
        var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(rows));
        await workspace.Registry.ApplyAsync(new RegistryRequest(new DefinitionSet([.. Declared.Definitions.Where(d => d is not TrainingSet), Set])), Token);
        await workspace.Builder.CreateAsync(Declared, set ?? Whole, Reader.Local("dataset"), false, Token);
        return workspace;
    }

    private static async Task EvolveAsync(FlightsWorkspace workspace, UpdateSchema update) =>
        await (await workspace.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(FlightsWorkspace.Table)!, Token))!.NewTransaction().Add(update).CommitAsync(Token);

    private static async Task ChangeAsync(FlightsWorkspace workspace, Action<JsonObject> change)
    {
        var table = (await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("training", "delays"), Token))!;
        var json = JsonNode.Parse(table.Metadata.Properties[TrainingSetJson.Property])!.AsObject();
        change(json);
        await table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { [TrainingSetJson.Property] = json.ToJsonString() })).CommitAsync(Token);
    }

    private static List<Departure> Some(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Departure(i % 3 == 0 ? "SFO" : "JFK", i, i + 1 + (i * 7 % 5), (i * 13 % 9) - 2, i % 2 == 0 ? "AA" : "UA"))];
}
