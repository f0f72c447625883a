using System.Data.Common;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Catalogs;

/// <summary>What both databases of the SQL catalog must do with the tables that other clients made and filled.</summary>
public abstract class SqlCatalogConformance : CatalogConformance
{
    private const string TablesV0 = """
        CREATE TABLE iceberg_tables(catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL,
          metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), PRIMARY KEY(catalog_name, table_namespace, table_name))
        """;

    private const string Namespaces = """
        CREATE TABLE iceberg_namespace_properties(catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL, property_key VARCHAR(255) NOT NULL,
          property_value VARCHAR(1000) NOT NULL, PRIMARY KEY(catalog_name, namespace, property_key))
        """;

    private static readonly TableIdentifier Taxi = new("nyc.yellow", "taxi");

    /// <summary>The name that <see cref="CatalogConformance.Open"/> loads the catalog by.</summary>
    protected const string CatalogName = "local";

    private protected abstract Warehouse Warehouse { get; }

    /// <summary>A connection to the database, not opened by a catalog yet.</summary>
    protected abstract DbConnection Connect();

    [Fact]
    public async Task Rows_OfPyIceberg_AreReadAndCommittedToAsTheyAre()
    {
        // PyIceberg's first schema has no type and writes the namespace that it was asked to make, none for the level above it.
        Execute(TablesV0, Namespaces);
        var file = await MetadataFileAsync();
        Execute(
            $"INSERT INTO iceberg_tables VALUES('{CatalogName}', 'nyc.yellow', 'taxi', '{file}', NULL)",
            $"INSERT INTO iceberg_namespace_properties VALUES('{CatalogName}', 'nyc.yellow', 'owner', 'ops')");

        var catalog = Open();
        Assert.Equal(["nyc"], await catalog.ListNamespacesAsync(null, default));
        Assert.Equal(["nyc.yellow"], await catalog.ListNamespacesAsync("nyc", default));
        Assert.Equal("ops", (await catalog.TryLoadNamespaceAsync("nyc.yellow", default))!["owner"]);
        Assert.Empty((await catalog.TryLoadNamespaceAsync("nyc", default))!);
        Assert.Equal([Taxi], await catalog.ListTablesAsync(null, default));
        var table = await CommitAsync(await catalog.LoadTableAsync(Taxi, default));
        await catalog.CreateTableAsync(new TableIdentifier("nyc", "made"), new TableCreation(Warehouse.Flights, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default);

        Assert.Equal(
            [$"{CatalogName}|nyc.yellow|taxi|{table.MetadataLocation}|{file}"],
            Query("SELECT concat_ws('|', catalog_name, table_namespace, table_name, metadata_location, previous_metadata_location) FROM iceberg_tables WHERE table_name = 'taxi'"));
        Assert.Equal(["made", "taxi"], Query("SELECT table_name FROM iceberg_tables ORDER BY 1"));
        Assert.Throws(ExceptionType, () => Query("SELECT iceberg_type FROM iceberg_tables"));
        Assert.True(await catalog.DropTableAsync(Taxi, default));
        Assert.True(await catalog.DropNamespaceAsync("nyc.yellow", default));
    }

    [Fact]
    public async Task Rows_OfJava_AreTablesUnlessTheyAreViews()
    {
        // Java adds the type to a schema that lacked it; older rows then have none.
        Execute(TablesV0, Namespaces, "ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)");
        var (old, other) = (await MetadataFileAsync(), await MetadataFileAsync());
        Execute(
            $"INSERT INTO iceberg_tables VALUES('{CatalogName}', 'nyc.yellow', 'taxi', '{old}', NULL, NULL)",
            $"INSERT INTO iceberg_tables VALUES('{CatalogName}', 'nyc.yellow', 'typed', '{other}', NULL, 'TABLE')",
            $"INSERT INTO iceberg_tables VALUES('{CatalogName}', 'nyc.yellow', 'v', 'somewhere', NULL, 'VIEW')",
            $"INSERT INTO iceberg_tables VALUES('{CatalogName}', 'views', 'v', 'somewhere', NULL, 'VIEW')",
            $"INSERT INTO iceberg_tables VALUES('other', 'elsewhere', 't', 'elsewhere', NULL, 'TABLE')",
            $"INSERT INTO iceberg_namespace_properties VALUES('{CatalogName}', 'nyc.yellow', 'exists', 'true')");

        var catalog = Open();
        Assert.Equal([Taxi, Taxi with { Name = "typed" }], await catalog.ListTablesAsync(null, default));
        Assert.Equal(["nyc", "views"], await catalog.ListNamespacesAsync(null, default));
        var view = new TableIdentifier("nyc.yellow", "v");
        Assert.Null(await catalog.TryLoadTableAsync(view, default));
        Assert.False(await catalog.TableExistsAsync(view, default));
        Assert.False(await catalog.DropTableAsync(view, default));
        Assert.False(await catalog.PurgeTableAsync(view, default));
        await Assert.ThrowsAsync<NotFoundException>(() => catalog.RenameTableAsync(view, Taxi with { Name = "u" }, default));
        await Assert.ThrowsAsync<AlreadyExistsException>(() => catalog.RenameTableAsync(Taxi, view, default));
        await Assert.ThrowsAsync<AlreadyExistsException>(() => catalog.RegisterTableAsync(view, old, default));
        await Assert.ThrowsAsync<NamespaceNotEmptyException>(() => catalog.DropNamespaceAsync("views", default));
        await CommitAsync(await catalog.LoadTableAsync(Taxi, default));
        await CommitAsync(await catalog.LoadTableAsync(Taxi with { Name = "typed" }, default));
        await catalog.RegisterTableAsync(Taxi with { Name = "new" }, old, default);

        Assert.Equal(["new:TABLE", "taxi:-", "typed:TABLE", "v:VIEW"], Query("SELECT table_name || ':' || coalesce(iceberg_type, '-') FROM iceberg_tables WHERE table_namespace = 'nyc.yellow' ORDER BY 1"));
    }

    [Fact]
    public async Task Namespace_ThatOnlyAQuoteOrWildcardTellsApart_IsItsOwn()
    {
        var catalog = Open();
        foreach (var name in new[] { "o'brien", "100%", "a_b", "a%" })
        {
            Assert.True(await catalog.CreateNamespaceAsync(name, default));
        }

        Assert.False(await catalog.NamespaceExistsAsync("axb", default));
        Assert.Equal(["100%", "a%", "a_b", "o'brien"], await catalog.ListNamespacesAsync(null, default));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => catalog.UpdateNamespaceAsync("a_b", new Dictionary<string, string?> { ["exists"] = null }, default));
    }

    [Fact]
    public async Task Table_InWhoseFolderAnotherHasFiles_IsNotPurged()
    {
        var catalog = Open();
        var made = await catalog.CreateTableAsync(Taxi, new TableCreation(Warehouse.Flights, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default);
        await catalog.RegisterTableAsync(Taxi with { Name = "twin" }, made.MetadataLocation, default);
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => catalog.PurgeTableAsync(Taxi, default));
        Assert.Contains("nyc.yellow.twin", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists((await catalog.LoadTableAsync(Taxi, default)).MetadataLocation));
    }

    [Theory]
    [InlineData("nyc", "../outside")]
    [InlineData("../nyc", "t")]
    [InlineData("nyc", "/outside")]
    public async Task Name_ThatLeadsOutOfTheWarehouse_GetsNoFolder(string space, string name)
    {
        var creation = new TableCreation(Warehouse.Flights, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>());
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open().CreateTableAsync(new TableIdentifier(space, name), creation, default));
        Assert.Empty(Directory.GetFiles(Warehouse.Folder, "*.json", SearchOption.AllDirectories));
    }

    private protected abstract Type ExceptionType { get; }

    private protected static async Task<Table> CommitAsync(Table table)
    {
        var result = await table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["x"] = Guid.NewGuid().ToString() })).CommitAsync(default);
        Assert.True(result.Changed);
        return result.Table;
    }

    private protected void Execute(params string[] statements)
    {
        foreach (var statement in statements)
        {
            Query(statement);
        }
    }

    private protected List<string> Query(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private async Task<string> MetadataFileAsync()
    {
        var location = Path.Combine(Warehouse.Folder, "others", Guid.NewGuid().ToString("N"));
        var metadata = NewTableMetadata.From(new TableCreation(Warehouse.Flights, Warehouse.ByDay, SortOrder.Unsorted, new Dictionary<string, string>()), location, 1);
        var file = TableLocations.NextMetadataFile(metadata, null);
        await TableMetadataJson.WriteAsync(Warehouse.Storage, file, metadata, default);
        return file;
    }
}
