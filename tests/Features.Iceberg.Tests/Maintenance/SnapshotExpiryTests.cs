using System.Text.Json.Nodes;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

public sealed class SnapshotExpiryTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Plan_ListsAndChangesNothing()
    {
        var table = await ReplacedTwiceAsync();
        var before = TableUnderCare.OnDisk(table);
        var plan = await All(table).PlanAsync();
        Assert.Equal(2, plan.Snapshots.Count);
        Assert.Equal(2, plan.Files.Count(f => f.Kind == TableFileKind.Data));
        Assert.Equal(2, plan.Files.Count(f => f.Kind == TableFileKind.ManifestList));
        Assert.Equal(before, TableUnderCare.OnDisk(table));
        Assert.Equal(table.MetadataLocation, (await LoadAsync()).MetadataLocation);
    }

    [Fact]
    public async Task Append_BetweenPlanAndExecution_Survives()
    {
        var table = await ReplacedTwiceAsync();
        var plan = await All(table).PlanAsync();
        var appended = await warehouse.AppendAsync(table, [9L, "meanwhile", 9]);
        var result = await All(table).ExecuteAsync(plan);
        Assert.True(result.Commit.Changed);
        Assert.Equal(["(3,'c',3)", "(9,'meanwhile',9)"], await TableUnderCare.LinesAsync(result.Commit.Table));
        Assert.Equal([table.Metadata.CurrentSnapshotId!.Value, appended.Metadata.CurrentSnapshotId!.Value], result.Commit.Table.Metadata.Snapshots.Select(s => s.SnapshotId));
        Assert.Equal(["(3,'c',3)"], await TableUnderCare.LinesAsync(result.Commit.Table, table.Metadata.CurrentSnapshotId));
        Assert.All(await TableUnderCare.ReachableAsync(result.Commit.Table), f => Assert.True(File.Exists(f), f));
    }

    [Fact]
    public async Task Branch_MadeFromAPlannedSnapshotAndGoneOn_KeepsItsFiles()
    {
        var table = await ReplacedTwiceAsync();
        var plan = await All(table).PlanAsync();
        var first = table.Metadata.Snapshots[0].SnapshotId;
        table = (await table.NewTransaction().Add(new SetSnapshotRef("late", new SnapshotRef(first, IsBranch: true))).CommitAsync(default)).Table;
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => All(table).ExecuteAsync(plan));
        var files = await warehouse.WriteAsync(table, [[7L, "late", 7]]);
        table = (await table.NewTransaction().Add(new AppendFiles(files) { Branch = "late" }).CommitAsync(default)).Table;

        var result = await All(table).ExecuteAsync(plan);

        Assert.Equal(["(1,'a',1)", "(7,'late',7)"], (await Warehouse.LinesAsync(result.Commit.Table.NewScan().UseRef("late"))).Order());
    }

    [Fact]
    public async Task Ref_MovedSinceThePlan_StaysAndTheExpiryIsRefused()
    {
        var table = await ReplacedTwiceAsync();
        table = (await table.NewTransaction().Add(new SetSnapshotRef("old", new SnapshotRef(table.Metadata.Snapshots[0].SnapshotId, IsBranch: false, MaxRefAgeMs: 1))).CommitAsync(default)).Table;
        await Task.Delay(5);
        var plan = await All(table).PlanAsync();
        Assert.Equal(["old"], plan.Refs);
        await table.NewTransaction().Add(new SetSnapshotRef("old", new SnapshotRef(table.Metadata.Snapshots[0].SnapshotId, IsBranch: false))).CommitAsync(default);
        await Assert.ThrowsAsync<CommitConflictException>(() => All(table).ExecuteAsync(plan));
        Assert.Equal(["(1,'a',1)"], (await Warehouse.LinesAsync((await LoadAsync()).NewScan().UseRef("old"))).Order());
    }

    [Fact]
    public async Task SnapshotsNamed_GoAlone()
    {
        var table = await ReplacedTwiceAsync();
        var expiry = new SnapshotExpiry(table) { SnapshotIds = [table.Metadata.Snapshots[1].SnapshotId] };
        var result = await expiry.ExecuteAsync(await expiry.PlanAsync());
        Assert.Equal(["(1,'a',1)"], await TableUnderCare.LinesAsync(result.Commit.Table, table.Metadata.Snapshots[0].SnapshotId));
        Assert.Equal(2, result.Commit.Table.Metadata.Snapshots.Count);
        Assert.All(await TableUnderCare.ReachableAsync(result.Commit.Table), f => Assert.True(File.Exists(f), f));
    }

    [Fact]
    public async Task Files_LeftAlone_AreAllStillThere()
    {
        var table = await ReplacedTwiceAsync();
        var before = TableUnderCare.OnDisk(table);
        var expiry = new SnapshotExpiry(table) { OlderThan = DateTimeOffset.MaxValue, RemovesFiles = false };
        var plan = await expiry.PlanAsync();
        Assert.Empty(plan.Files);
        await expiry.ExecuteAsync(plan);
        Assert.Empty(before.Except(TableUnderCare.OnDisk(table)));
    }

    [Fact]
    public async Task Statistics_OfExpiredSnapshots_GoUnlessOthersNameThem()
    {
        var table = await ReplacedTwiceAsync();
        string[] paths = [.. new[] { "own.puffin", "shared.puffin" }.Select(n => Path.Combine(table.Metadata.Location, "metadata", n))];
        paths.ToList().ForEach(p => File.WriteAllText(p, "x"));
        var ids = table.Metadata.Snapshots.Select(s => s.SnapshotId).ToArray();
        var statistics = new JsonArray(Statistics(paths[0], ids[0]), Statistics(paths[1], ids[1]), Statistics(paths[1], ids[2]));
        var metadata = table.Metadata with { Unknown = new Dictionary<string, JsonNode?> { ["statistics"] = statistics }, LastUpdatedMs = table.Metadata.LastUpdatedMs + 1 };
        table = (await warehouse.Catalog.TrySwapAsync(table, metadata, default))!;

        var result = await All(table).ExecuteAsync(await All(table).PlanAsync());

        Assert.Equal((false, true), (File.Exists(paths[0]), File.Exists(paths[1])));
        Assert.Single((JsonArray)result.Commit.Table.Metadata.Unknown["statistics"]!);
    }

    [Fact]
    public async Task Table_WhoseFilesMayBeShared_IsRefused()
    {
        var table = await warehouse.CreateAsync("ns.shared", Warehouse.Flights, properties: new() { ["gc.enabled"] = "false" });
        Assert.Contains("gc.enabled", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => All(table).PlanAsync())).Message, StringComparison.Ordinal);
        Assert.Contains("gc.enabled", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => new OrphanRemoval(table).PlanAsync())).Message, StringComparison.Ordinal);
    }

    private static JsonObject Statistics(string path, long snapshot) => new() { ["snapshot-id"] = snapshot, ["statistics-path"] = path, ["file-size-in-bytes"] = 1, ["file-footer-size-in-bytes"] = 1, ["blob-metadata"] = new JsonArray() };

    private static SnapshotExpiry All(Table table) => new(table) { OlderThan = DateTimeOffset.MaxValue, RetainLast = 1 };

    private async Task<Table> LoadAsync() => (await warehouse.Catalog.TryLoadTableAsync(TableIdentifier.TryParse("ns.t")!, default))!;

    private async Task<Table> ReplacedTwiceAsync()
    {
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights), [1L, "a", 1]);
        foreach (var row in new object?[][] { [2L, "b", 2], [3L, "c", 3] })
        {
            table = (await table.NewTransaction().Add(new ReplacePartitions(await warehouse.WriteAsync(table, [row]))).CommitAsync(default)).Table;
        }

        return table;
    }
}
