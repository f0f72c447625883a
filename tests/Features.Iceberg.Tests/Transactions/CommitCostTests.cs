using Features.Iceberg.Catalogs;
using Features.Iceberg.FaultHost;
using Features.Iceberg.Scans;
using Features.Iceberg.Tests.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>What a commit reads and writes.</summary>
public sealed class CommitCostTests : IDisposable
{
    private readonly Warehouse warehouse = new();
    private readonly RecordingStore store;
    private readonly SqliteCatalog catalog;

    public CommitCostTests()
    {
        store = new RecordingStore(warehouse.Storage);
        catalog = new SqliteCatalog(warehouse.CatalogFile, "local", Path.Combine(warehouse.Folder, "warehouse"), store, TimeProvider.System);
    }

    public void Dispose()
    {
        catalog.Dispose();
        warehouse.Dispose();
    }

    [Fact]
    public async Task FastAppend_ReadsNoManifest()
    {
        var (files, table) = await TableAsync(5);
        await FileModel.CommitAsync(table, new AppendFiles([files.Data(9)]));
        // The metadata file is the one that the catalog read when the table was loaded.
        Assert.Equal([0, 1, 0], new[] { ".metadata.json", "snap-", "-m" }.Select(Reads));
        Assert.Equal([1, 1, 1], new[] { ".metadata.json", "snap-", "-m" }.Select(Writes));
    }

    [Fact]
    public async Task Removal_OfAFile_ReadsTheManifestsOfItsPartitionAlone()
    {
        var (files, table) = await TableAsync(5);
        var file = (await FileModel.LiveAsync(table)).Values.First(e => (int)e.File.Partition[0]! == 3).File;
        Clear();
        var done = await FileModel.CommitAsync(table, new OverwriteFiles { Removed = [file], Added = [files.Data(3)], Check = new(table.Metadata.CurrentSnapshotId, IsolationLevel.Serializable, Filter.True) });
        Assert.Equal([0, 1, 1], new[] { ".metadata.json", "snap-", "-m" }.Select(Reads));
        Assert.Equal([1, 1, 2], new[] { ".metadata.json", "snap-", "-m" }.Select(Writes));
        Clear();
        await FileModel.CommitAsync(done.Table, new DeleteFiles(Filter.Compare("k", Comparison.Equal, 4)));
        Assert.Equal(1, Reads("-m"));
    }

    [Fact]
    public async Task Manifests_ThatStillFit_ServeTheNextAttempt()
    {
        var (files, table) = await TableAsync(5);
        var file = (await FileModel.LiveAsync(table)).Values.First().File;
        var faulty = new FaultyCatalog(catalog);
        faulty.Swap = async (from, updated) =>
        {
            if (faulty.Swaps < 3)
            {
                await FileModel.CommitAsync(await files.CurrentAsync(), new AppendFiles([files.Data(7)]));
            }

            return await catalog.TrySwapAsync(from, updated, default);
        };
        Clear();
        await faulty.Wrap(table).NewTransaction().Add(new OverwriteFiles { Removed = [file], Added = [files.Data(0)] }).CommitAsync(default);
        // The rewritten manifest and the one of the new file are written once and read never; each attempt has its own list.
        Assert.Equal([3, 2, 1], [Writes("snap-"), Writes("-m"), Reads("-m")]);
        Assert.Equal(2, store.Deleted.Count(d => d.Contains("snap-", StringComparison.Ordinal)));
        Assert.DoesNotContain(store.Deleted, d => d.Contains("-m", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MergingAppend_MergesAtTheCountAndKeepsBelowIt()
    {
        var files = new FileModel(warehouse);
        var table = (await catalog.TryLoadTableAsync((await files.CreateAsync(properties: ("commit.manifest.min-count-to-merge", "4"))).Identifier!, default))!;
        var counts = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            table = (await FileModel.CommitAsync(table, new AppendFiles([files.Data(i)]) { MergesManifests = true })).Table;
            counts.Add((await Features.Iceberg.Manifests.ManifestListReader.ReadAsync(table.Storage, table.Metadata.CurrentSnapshot!, default)).Count);
        }

        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2], counts);
        Assert.Equal(8, (await FileModel.LiveAsync(table)).Count);
        // A small target leaves full manifests alone.
        table = (await FileModel.CommitAsync(table, new SetProperties(new Dictionary<string, string?> { ["commit.manifest.target-size-bytes"] = "1" }))).Table;
        Clear();
        await FileModel.CommitAsync(table, new AppendFiles([files.Data(0)]) { MergesManifests = true });
        Assert.Equal(0, Reads("-m"));
    }

    [Fact]
    public async Task MetadataFiles_ThatLeaveTheLog_AreRemovedWhereTheTableWantsIt()
    {
        var files = new FileModel(warehouse);
        var table = await files.CreateAsync(properties: [("write.metadata.previous-versions-max", "2"), ("write.metadata.delete-after-commit.enabled", "true")]);
        for (var i = 0; i < 5; i++)
        {
            table = (await FileModel.CommitAsync(table, new AppendFiles([files.Data(i)]))).Table;
        }

        var standing = Directory.GetFiles(Path.Combine(table.Metadata.Location, "metadata"), "*.metadata.json");
        Assert.Equal(table.Metadata.MetadataLog.Select(e => e.MetadataFile).Append(table.MetadataLocation).Order(StringComparer.Ordinal), standing.Order(StringComparer.Ordinal));
    }

    private async Task<(FileModel Files, Table Table)> TableAsync(int partitions)
    {
        var files = new FileModel(warehouse);
        var table = await files.CreateAsync();
        for (var i = 0; i < partitions; i++)
        {
            table = (await FileModel.CommitAsync(table, new AppendFiles([files.Data(i)]))).Table;
        }

        table = (await catalog.TryLoadTableAsync(table.Identifier!, default))!;
        Clear();
        return (files, table);
    }

    private void Clear()
    {
        store.Read.Clear();
        store.Created.Clear();
        store.Deleted.Clear();
    }

    private int Reads(string part) => store.Read.Count(l => Name(l).Contains(part, StringComparison.Ordinal) && (part != "-m" || !Name(l).StartsWith("snap-", StringComparison.Ordinal)));

    private int Writes(string part) => store.Created.Count(l => Name(l).Contains(part, StringComparison.Ordinal) && (part != "-m" || !Name(l).StartsWith("snap-", StringComparison.Ordinal)));

    private static string Name(string location) => location[(location.LastIndexOf('/') + 1)..];
}
