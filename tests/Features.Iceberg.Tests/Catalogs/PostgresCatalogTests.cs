using System.Data.Common;
using Npgsql;

namespace Features.Iceberg.Catalogs;

[Collection(PostgresCollection.Name)]
public sealed class PostgresCatalogTests : SqlCatalogConformance, IDisposable
{
    private readonly Warehouse warehouse = new();
    private readonly List<PostgresCatalog> opened = [];
    private readonly string connectionString;

    public PostgresCatalogTests(PostgresFixture postgres) => connectionString = postgres.NewDatabase();

    private protected override Warehouse Warehouse => warehouse;

    private protected override Type ExceptionType => typeof(PostgresException);

    public void Dispose()
    {
        opened.ForEach(c => c.Dispose());
        warehouse.Dispose();
    }

    [Fact]
    public async Task Catalogs_OpenedAtOnce_MakeTheTablesOnce()
    {
        var catalogs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(Open)));
        var made = await Task.WhenAll(catalogs.Select(c => c.CreateNamespaceAsync("a", default)));
        Assert.Single(made, isNew => isNew);
    }

    [Fact]
    public async Task Writers_AtOnce_LoseNothingAndRepeatNothing()
    {
        const int writers = 4, commits = 6;
        var properties = new Dictionary<string, string> { ["commit.retry.num-retries"] = "100", ["commit.retry.min-wait-ms"] = "1", ["commit.retry.max-wait-ms"] = "20" };
        var table = await Open().CreateTableAsync(new TableIdentifier("ns", "t"), new TableCreation(Warehouse.Flights, Warehouse.ByDay, Spec.SortOrder.Unsorted, properties), default);
        var catalogs = Enumerable.Range(0, writers).Select(_ => Open()).ToList();

        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            var mine = await catalogs[w].LoadTableAsync(table.Identifier!, default);
            for (var c = 0; c < commits; c++)
            {
                mine = await warehouse.AppendAsync(mine, [0L, $"w{w}", c]);
            }
        })));

        var end = await Open().LoadTableAsync(table.Identifier!, default);
        Assert.Equal(
            Enumerable.Range(0, writers).SelectMany(w => Enumerable.Range(0, commits).Select(c => $"(0,'w{w}',{c})")).Order(StringComparer.Ordinal),
            (await Warehouse.LinesAsync(end.NewScan())).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(1, writers * commits).Select(i => (long)i), end.Metadata.Snapshots.Select(s => s.SequenceNumber));
        Assert.Equal(end.Metadata.Snapshots.Select(s => (long?)s.SnapshotId).SkipLast(1).Prepend(null), end.Metadata.Snapshots.Select(s => s.ParentId));
    }

    [Fact]
    public async Task User_WhoMayNotCreateTables_UsesThoseThatStand()
    {
        await Open().CreateNamespaceAsync("a", default);
        var user = $"u{Guid.NewGuid():N}";
        Execute($"CREATE USER {user}", $"GRANT SELECT, INSERT ON iceberg_tables, iceberg_namespace_properties TO {user}");
        using var catalog = await OpenAsync(new NpgsqlConnectionStringBuilder(connectionString) { Username = user }.ToString());

        Assert.True(await catalog.CreateNamespaceAsync("b", default));
        var error = await Assert.ThrowsAsync<StorageException>(() => catalog.DropNamespaceAsync("b", default));
        Assert.Contains("permission denied", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task Database_ThatCannotBeOpened_IsNamedWithoutItsPassword()
    {
        var absent = new NpgsqlConnectionStringBuilder(connectionString) { Database = "absent", Password = "hidden" };
        var error = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(absent.ToString()));
        Assert.Equal($"postgresql://{absent.Host}:5432/absent", error.Location);
        Assert.DoesNotContain("hidden", error.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => OpenAsync("Hostess=x"));
    }

    protected override ICatalog Open()
    {
        var catalog = OpenAsync(connectionString).GetAwaiter().GetResult();
        lock (opened)
        {
            opened.Add(catalog);
        }

        return catalog;
    }

    protected override DbConnection Connect() => new NpgsqlConnection(connectionString + ";Pooling=false");

    // Each client of the suite keeps its connections for itself.
    private Task<PostgresCatalog> OpenAsync(string connection) => PostgresCatalog.OpenAsync(connection, CatalogName, Path.Combine(warehouse.Folder, "warehouse"), warehouse.Storage, TimeProvider.System, default);
}
