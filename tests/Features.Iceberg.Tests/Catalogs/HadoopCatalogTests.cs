using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Storage;
using Features.Iceberg.Transactions;
using Features.Testing;

namespace Features.Iceberg.Catalogs;

public sealed class HadoopCatalogTests
{
    private readonly MemoryObjectStore store = new();

    private HadoopCatalog Catalog => new("mem://wh/", "hadoop", store, TimeProvider.System);

    [Fact]
    public async Task Folders_BelowTheWarehouse_AreNamespacesAndTables()
    {
        await PutAsync("mem://wh/a/t", "v1.metadata.json");
        await PutAsync("mem://wh/a/b/t", "00003-f79c3e09-677c-4bbd-a479-3f349cb785e7.metadata.json");
        await PutAsync("mem://wh/a/b/u", "v1.gz.metadata.json");
        await PutAsync("mem://wh/c/d/e/t", "v1.metadata.json");
        await PutAsync("mem://wh/without-namespace", "v1.metadata.json");
        await PutAsync("mem://elsewhere/a/t", "v1.metadata.json");
        store.Put("mem://wh/a/no-table/metadata/notes.txt", [1]);
        store.Put("mem://wh/a/no-table/v1.metadata.json", [1]);
        store.Put("mem://wh/a/do.t/metadata/v1.metadata.json", [1]);

        Assert.Equal(["a", "c"], await Catalog.ListNamespacesAsync(null, default));
        Assert.Equal(["a.b"], await Catalog.ListNamespacesAsync("a", default));
        Assert.Equal(["c.d.e"], await Catalog.ListNamespacesAsync("c.d", default));
        Assert.Empty(await Catalog.ListNamespacesAsync("a.b", default));
        await Assert.ThrowsAsync<NotFoundException>(() => Catalog.ListNamespacesAsync("x", default));
        Assert.Equal(["a.b.t", "a.b.u", "a.t", "c.d.e.t"], (await Catalog.ListTablesAsync(null, default)).Select(t => t.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(["a.t"], (await Catalog.ListTablesAsync("a", default)).Select(t => t.ToString()));
        Assert.True(await Catalog.NamespaceExistsAsync("c", default));
        Assert.False(await Catalog.NamespaceExistsAsync("ab", default));
    }

    [Fact]
    public async Task Table_Loaded_IsTheVersionThatTheHintSays()
    {
        var name = new TableIdentifier("a.b", "t");
        Assert.Null(await Catalog.TryLoadTableAsync(name, default));
        await PutAsync("mem://wh/a/b/t", "v1.metadata.json");
        await PutAsync("mem://wh/a/b/t", "v3.metadata.json");
        store.Put("mem://wh/a/b/t/metadata/version-hint.text", "1"u8.ToArray());

        var table = await Catalog.LoadTableAsync(name, default);

        Assert.Equal("mem://wh/a/b/t/metadata/v1.metadata.json", table.MetadataLocation);
        Assert.Equal(name, table.Identifier);
        Assert.True(await Catalog.TableExistsAsync(name, default));
        Assert.False(await Catalog.TableExistsAsync(name with { Name = "u" }, default));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Catalog.TryLoadTableAsync(new TableIdentifier("a", "b/t"), default));
    }

    [Fact]
    public async Task Writes_OfEveryKind_AreRefusedByName()
    {
        var name = new TableIdentifier("a", "t");
        await PutAsync("mem://wh/a/t", "v1.metadata.json");
        var table = await Catalog.LoadTableAsync(name, default);
        Func<Task>[] writes =
        [
            () => Catalog.CreateNamespaceAsync("b", default),
            () => Catalog.UpdateNamespaceAsync("a", new Dictionary<string, string?>(), default),
            () => Catalog.DropNamespaceAsync("a", default),
            () => Catalog.CreateTableAsync(name, new TableCreation(Warehouse.Flights, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default),
            () => Catalog.RegisterTableAsync(name, table.MetadataLocation, default),
            () => Catalog.RenameTableAsync(name, name, default),
            () => table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["x"] = "y" })).CommitAsync(default),
            () => Catalog.DropTableAsync(name, default),
            () => Catalog.PurgeTableAsync(name, default),
        ];
        foreach (var write in writes)
        {
            Assert.Contains("in 'catalog hadoop' is not supported", (await Assert.ThrowsAsync<UnsupportedFeatureException>(write)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(table.MetadataLocation, (await Catalog.LoadTableAsync(name, default)).MetadataLocation);
    }

    [Fact]
    public async Task Warehouse_OfIcebirdsFixtures_IsListedAndLoaded()
    {
        var folder = Fixtures.Find("iceberg", "icebird");
        Assert.SkipWhen(folder is null, "fixtures are missing");
        var parent = Path.GetDirectoryName(folder)!;
        var catalog = new HadoopCatalog(parent, "fixtures", new Storage.LocalObjectStore(), TimeProvider.System);

        var tables = (await catalog.ListTablesAsync(null, default)).Where(t => t.Namespace.StartsWith("icebird", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(tables);
        foreach (var name in tables)
        {
            Assert.Equal(name, (await catalog.LoadTableAsync(name, default)).Identifier);
        }
    }

    private Task PutAsync(string folder, string file) => TableMetadataJson.WriteAsync(
        store,
        $"{folder}/metadata/{file}",
        NewTableMetadata.From(new TableCreation(Warehouse.Flights, Warehouse.ByDay, SortOrder.Unsorted, new Dictionary<string, string>()), folder, 1),
        default);
}
