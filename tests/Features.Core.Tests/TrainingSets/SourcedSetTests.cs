using System.Text.Json.Nodes;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Registry;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Verification;
using Features.Iceberg;
using Features.Iceberg.Transactions;
using static Features.Core.Tests.TrainingSets.FlightsWorkspace;

namespace Features.Core.Tests.TrainingSets;

/// <summary>Sets over sources that rename, views of SQL, aliases, on-demand views and spines of files: their hashes, lineage and rebuilding.</summary>
public class SourcedSetTests
{
    private static readonly DefinitionSet Sourced = DefinitionReader.ReadText(
        """
        kind: Source
        name: planes
        table: flights.departures
        fields: { airport: origin, minutes: delay }
        ---
        kind: Entity
        name: airport
        keys: [{ name: airport, type: string }]
        ---
        kind: FeatureView
        name: late
        entity: airport
        source: planes
        clocks: { event: departs_at, available: known_at }
        features: [{ name: last_minutes, column: minutes }]
        ---
        kind: FeatureView
        name: busy
        entity: airport
        sql: SELECT airport, departs_at, known_at, minutes * 2 AS twice FROM planes WHERE carrier IS NOT NULL
        clocks: { event: departs_at, available: known_at }
        features: [{ name: twice_sum, aggregate: sum(twice), window: 20us }]
        ---
        kind: OnDemandView
        name: computed
        inputs: ["late:last_minutes"]
        request: [{ name: carrier, type: string }]
        features: [{ name: minutes_here, expression: last_minutes + length(carrier) }]
        ---
        kind: FeatureService
        name: sourced_model
        features: ["late[airport=origin]@from:last_minutes", "late:last_minutes", "busy:*", "computed:*"]
        ---
        kind: TrainingSet
        name: sourced
        service: sourced_model
        full_names: true
        spine: SELECT airport, 'SFO' AS origin, departs_at, minutes > 2 AS late, carrier FROM planes
        timestamp: departs_at
        label: late
        split: { by: key, seed: 3, parts: [{ name: train, share: 0.5 }, { name: test, share: 0.5 }] }
        transformations: [{ column: computed__minutes_here, kind: standardize, as: scaled }]
        """,
        "sourced.yaml");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Set_OverSources_SaysWhereItsColumnsComeFrom_AndIsMadeAgain()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(60));
        await workspace.Registry.ApplyAsync(new RegistryRequest(Sourced), Token);
        var manifest = (await workspace.Builder.CreateAsync(Sourced, Sourced.Find<TrainingSet>("sourced")!, Reader.Local("dataset"), false, Token)).Manifest;
        Assert.Equal(
            ["Entity/airport", "FeatureService/sourced_model", "FeatureView/busy", "FeatureView/late", "OnDemandView/computed", "Source/planes", "TrainingSet/sourced"],
            manifest.Definitions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["_row row", "airport key", "origin key", "departs_at time", "late label", "carrier spine", "from__last_minutes feature", "late__last_minutes feature", "busy__twice_sum feature", "computed__minutes_here feature", "scaled transformed", "_split split"],
            manifest.Columns.Select(c => $"{c.Name} {c.Role}"));
        Assert.Equal("flights.departures", Assert.Single(manifest.Sources).Table);

        var fields = JsonNode.Parse((await File.ReadAllLinesAsync(workspace.LineagePath, Token))[^1])!["outputs"]![0]!["facets"]!["columnLineage"]!["fields"]!.AsObject();
        string[] Inputs(string column) => [.. fields[column]!["inputFields"]!.AsArray().Select(f => (string)f!["field"]!).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["delay"], Inputs("late__last_minutes"));
        Assert.Equal(["delay"], Inputs("busy__twice_sum"));
        Assert.Equal(["delay"], Inputs("late"));
        Assert.Equal(["carrier", "delay"], Inputs("computed__minutes_here"));
        Assert.Equal(["carrier", "delay"], Inputs("scaled"));
        Assert.Equal(["origin"], Inputs("_split"));
        var tags = TableTags.Read((await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("training", "sourced"), Token))!.Metadata.Properties);
        Assert.Equal("confidential", tags.Columns["scaled"]["sensitivity"]);

        var rebuilt = await workspace.Verifier.VerifyRebuildAsync("sourced", Reader.Local("dataset"), Token);
        Assert.Equal((RebuildOutcome.Identical, null), (rebuilt.Outcome, rebuilt.Reason));
        var rows = await RowsAsync(workspace.Store.ReadAsync(manifest, "local", "dataset", Token));
        Assert.All(rows.GroupBy(r => r["airport"]), group => Assert.Single(group.Select(r => r["_split"]).Distinct()));
    }

    [Fact]
    public async Task Spine_OfAFile_IsKeptAsATableOnceForEachContent()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(10));
        await workspace.AppendAsync(Some(2));
        var files = Directory.EnumerateFiles(Path.GetDirectoryName(workspace.LineagePath)!, "*.parquet", SearchOption.AllDirectories).OrderBy(f => new FileInfo(f).Length).ToList();
        var spines = new SpineTable(workspace.Catalog, workspace.Engine);
        var table = await spines.KeepAsync("few", new SourceFile(files[0], SourceFormat.Parquet), Token);
        Assert.StartsWith("spines.few_", table, StringComparison.Ordinal);
        Assert.Equal(table, await spines.KeepAsync("few", new SourceFile(files[0], SourceFormat.Parquet), Token));
        Assert.NotEqual(table, await spines.KeepAsync("few", new SourceFile(files[1], SourceFormat.Parquet), Token));
        var kept = (await workspace.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(table)!, Token))!;
        Assert.Single(kept.Metadata.Snapshots);
        var set = Set with { Name = "few", Spine = $"SELECT origin, departs_at, delay > 2 AS late, carrier FROM {table}" };
        Assert.Equal(2, (await workspace.Builder.CreateAsync(Declared, set, Reader.Local("dataset"), false, Token)).Manifest.Rows);
    }

    [Fact]
    public async Task Spine_WhoseTableWasRewritten_IsNotAppendedToItself()
    {
        await using var workspace = new FlightsWorkspace();
        await workspace.AppendAsync(Some(10));
        var file = new SourceFile(Directory.EnumerateFiles(Path.GetDirectoryName(workspace.LineagePath)!, "*.parquet", SearchOption.AllDirectories).Single(), SourceFormat.Parquet);
        var spines = new SpineTable(workspace.Catalog, workspace.Engine);
        var identifier = TableIdentifier.TryParse(await spines.KeepAsync("few", file, Token))!;

        // As compaction and expiry leave a table: a newer snapshot holds its rows, and the one that brought them is gone.
        var table = (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!;
        var first = table.Metadata.CurrentSnapshotId!.Value;
        var files = (await table.NewScan().PlanAsync(Token)).Tasks.Select(t => t.File).ToList();
        await table.NewTransaction().Add(new DeleteFiles(files)).CommitAsync(Token);
        table = (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!;
        await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(Token);
        Assert.Equal(identifier.ToString(), await spines.KeepAsync("few", file, Token));
        table = (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!;
        Assert.Equal(10, (await table.NewScan().PlanAsync(Token)).Report.RowsPlanned);

        await table.NewTransaction().Add(new RemoveSnapshots([first])).CommitAsync(Token);
        await spines.KeepAsync("few", file, Token);
        table = (await workspace.Catalog.TryLoadTableAsync(identifier, Token))!;
        Assert.Equal(10, (await table.NewScan().PlanAsync(Token)).Report.RowsPlanned);
    }

    private static List<Departure> Some(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Departure(i % 3 == 0 ? "SFO" : "JFK", i, i + 1 + (i * 7 % 5), (i * 13 % 9) - 2, i % 2 == 0 ? "AA" : "UA"))];
}
