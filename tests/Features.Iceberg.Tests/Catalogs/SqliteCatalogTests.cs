using System.Data.Common;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Storage;
using Features.Iceberg.Transactions;
using Microsoft.Data.Sqlite;

namespace Features.Iceberg.Catalogs;

public sealed class SqliteCatalogTests : SqlCatalogConformance, IDisposable
{
    private readonly Warehouse warehouse = new();

    private protected override Warehouse Warehouse => warehouse;

    private protected override Type ExceptionType => typeof(SqliteException);

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task File_ReadByTheRulesOfPyIceberg_HoldsItsTables()
    {
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("flights.departures", Warehouse.Flights), [0L, "JFK", 1]);
        var previous = table.Metadata.MetadataLog[^1].MetadataFile;

        Assert.Equal(
            ["catalog_name,table_namespace,table_name,metadata_location,previous_metadata_location,iceberg_type"],
            Query("SELECT group_concat(name) FROM pragma_table_info('iceberg_tables')"));
        Assert.Equal(
            ["catalog_name,namespace,property_key,property_value"],
            Query("SELECT group_concat(name) FROM pragma_table_info('iceberg_namespace_properties')"));
        Assert.Equal(
            [$"local|flights|departures|{table.MetadataLocation}|{previous}|TABLE"],
            Query("SELECT concat_ws('|', catalog_name, table_namespace, table_name, metadata_location, previous_metadata_location, iceberg_type) FROM iceberg_tables"));
        Assert.Equal(["local|flights|exists|true"], Query("SELECT concat_ws('|', catalog_name, namespace, property_key, property_value) FROM iceberg_namespace_properties"));
        Assert.True(File.Exists(table.MetadataLocation));
        Assert.True(File.Exists(previous));
        Assert.Equal(Path.Combine(warehouse.Folder, "warehouse", "flights", "departures"), table.Metadata.Location);
        Assert.Matches(@"/metadata/00001-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.metadata\.json$", table.MetadataLocation);
    }

    [Fact]
    public void File_ThatIsNoDatabase_IsNamed()
    {
        var path = Path.Combine(warehouse.Folder, "text.db");
        File.WriteAllText(path, new string('x', 5000));
        var error = Assert.Throws<StorageException>(() => new SqliteCatalog(path, "local", warehouse.Folder, warehouse.Storage, TimeProvider.System));
        Assert.Equal(path, error.Location);
    }

    [Fact]
    public async Task Catalog_ThatCannotBeRead_IsNamed()
    {
        using var catalog = warehouse.Catalog;
        Query("DROP TABLE iceberg_tables");
        var error = await Assert.ThrowsAsync<StorageException>(() => warehouse.Catalog.TryLoadTableAsync(new TableIdentifier("ns", "t"), default));
        Assert.Equal(warehouse.CatalogFile, error.Location);
        await Assert.ThrowsAsync<StorageException>(() => warehouse.Catalog.ListTablesAsync(null, default));
        await Assert.ThrowsAsync<StorageException>(() => warehouse.CreateAsync("ns.t", Warehouse.Flights));
        await Assert.ThrowsAsync<StorageException>(() => warehouse.Catalog.DropTableAsync(new TableIdentifier("ns", "t"), default));
    }

    [Fact]
    public async Task Purge_OfATableThatNamesAFileByAWayOut_LeavesThatFile()
    {
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights), [0L, "JFK", 1]);
        var strange = Path.Combine(warehouse.Folder, "strange");
        await File.WriteAllTextAsync(strange, "not the table's");
        var file = (await warehouse.WriteAsync(table, [[1L, "SFO", 2]]))[0] with { FilePath = $"{table.Metadata.Location}/data/../../../../strange" };
        await table.NewTransaction().Add(new AppendFiles([file])).CommitAsync(default);
        Assert.True(File.Exists(file.FilePath));

        Assert.True(await warehouse.Catalog.PurgeTableAsync(table.Identifier!, default));

        Assert.True(File.Exists(strange));
        Assert.False(File.Exists(table.MetadataLocation));
    }

    [Fact]
    public async Task Swap_ThatWasLostAndWhoseFileCannotBeRemoved_IsLostAllTheSame()
    {
        var made = await warehouse.CreateAsync("ns.t", Warehouse.Flights);
        using var catalog = new SqliteCatalog(warehouse.CatalogFile, "local", warehouse.Folder, new UndeletingStore(warehouse.Storage), TimeProvider.System);
        var late = await catalog.LoadTableAsync(made.Identifier!, default);
        await CommitAsync(made);

        Assert.Null(await catalog.TrySwapAsync(late, late.Metadata, default));
        Assert.True((await late.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["late"] = "true" })).CommitAsync(default)).Changed);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Writers_AtOnce_LoseNothingAndRepeatNothing(int writers)
    {
        const int commits = 6;
        var properties = new Dictionary<string, string> { ["commit.retry.num-retries"] = "100", ["commit.retry.min-wait-ms"] = "1", ["commit.retry.max-wait-ms"] = "20" };
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay, properties);

        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            var mine = (await warehouse.OpenAgain().TryLoadTableAsync(table.Identifier!, default))!;
            for (var c = 0; c < commits; c++)
            {
                mine = await warehouse.AppendAsync(mine, [0L, $"w{w}", c]);
            }
        })));

        var end = (await warehouse.Catalog.TryLoadTableAsync(table.Identifier!, default))!;
        Assert.Equal(
            Enumerable.Range(0, writers).SelectMany(w => Enumerable.Range(0, commits).Select(c => $"(0,'w{w}',{c})")).Order(StringComparer.Ordinal),
            (await Warehouse.LinesAsync(end.NewScan())).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(1, writers * commits).Select(i => (long)i), end.Metadata.Snapshots.Select(s => s.SequenceNumber));
        Assert.Equal(end.Metadata.Snapshots.Select(s => (long?)s.SnapshotId).SkipLast(1).Prepend(null), end.Metadata.Snapshots.Select(s => s.ParentId));
        Assert.Equal(writers * commits, end.Metadata.MetadataLog.Count);
        // No lost attempt left a file behind: each metadata file, list and manifest belongs to the history.
        var manifests = new HashSet<string>();
        foreach (var snapshot in end.Metadata.Snapshots)
        {
            manifests.Add(snapshot.ManifestList!);
            manifests.UnionWith((await ManifestListReader.ReadAsync(warehouse.Storage, snapshot, default)).Select(m => m.ManifestPath));
        }

        Assert.Equal(
            manifests.Concat(end.Metadata.MetadataLog.Select(e => e.MetadataFile)).Append(end.MetadataLocation).Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(end.Metadata.Location, "metadata")).Order(StringComparer.Ordinal));
    }

    protected override ICatalog Open() => warehouse.OpenAgain();

    protected override DbConnection Connect() => new SqliteConnection($"Data Source={warehouse.CatalogFile};Pooling=False");
}
