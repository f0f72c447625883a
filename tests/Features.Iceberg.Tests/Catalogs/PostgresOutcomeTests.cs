using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Npgsql;

namespace Features.Iceberg.Catalogs;

/// <summary>Commits whose connection is lost, before and after the server has done its part.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresOutcomeTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly Warehouse warehouse = new();
    private readonly string connectionString = postgres.NewDatabase();
    private PostgresCatalog catalog = null!;

    public async ValueTask InitializeAsync() => catalog = await OpenAsync(connectionString);

    public ValueTask DisposeAsync()
    {
        catalog.Dispose();
        warehouse.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Swap_WhoseSessionIsTerminated_IsUnknownAndKeepsItsFile()
    {
        var table = await MakeAsync(catalog);
        await using var blocker = await BlockAsync();
        var swap = catalog.TrySwapAsync(table, Changed(table), default);
        await TerminateBlockedAsync();

        var error = await Assert.ThrowsAsync<CommitStateUnknownException>(() => swap);

        Assert.True(File.Exists(error.MetadataLocation));
        await blocker.DisposeAsync();
        Assert.Equal(table.MetadataLocation, (await catalog.LoadTableAsync(table.Identifier!, default)).MetadataLocation);
    }

    [Fact]
    public async Task Transaction_WhoseSessionIsTerminated_FindsThatItMustCommitAgain()
    {
        var table = await MakeAsync(catalog);
        var blocker = await BlockAsync();
        var commit = Task.Run(() => warehouse.AppendAsync(table, [0L, "JFK", 1]));
        await TerminateBlockedAsync();
        await blocker.DisposeAsync();

        var committed = await commit;

        Assert.Single(committed.Metadata.Snapshots);
        Assert.Equal(["(0,'JFK',1)"], await Warehouse.LinesAsync((await catalog.LoadTableAsync(table.Identifier!, default)).NewScan()));
    }

    [Fact]
    public async Task Transaction_WhoseAnswerIsLost_FindsThatItCommitted()
    {
        await using var proxy = new LossyProxy(postgres.Server.Host);
        using var through = await OpenAsync(new NpgsqlConnectionStringBuilder(connectionString) { Host = proxy.Host }.ToString());
        var table = await MakeAsync(through);
        proxy.LoseAnswerTo("UPDATE iceberg_tables");

        var committed = await warehouse.AppendAsync(table, [0L, "JFK", 1]);

        Assert.Single(committed.Metadata.Snapshots);
        Assert.Single(committed.Metadata.MetadataLog);
        Assert.Equal(["(0,'JFK',1)"], await Warehouse.LinesAsync((await catalog.LoadTableAsync(table.Identifier!, default)).NewScan()));
    }

    [Fact]
    public async Task Create_WhoseAnswerIsLost_IsUnknownAndKeepsItsFile()
    {
        await using var proxy = new LossyProxy(postgres.Server.Host);
        using var through = await OpenAsync(new NpgsqlConnectionStringBuilder(connectionString) { Host = proxy.Host }.ToString());
        proxy.LoseAnswerTo("INSERT INTO iceberg_tables");

        var error = await Assert.ThrowsAsync<CommitStateUnknownException>(() => MakeAsync(through));

        Assert.Equal(error.MetadataLocation, (await catalog.LoadTableAsync(new TableIdentifier("ns", "t"), default)).MetadataLocation);
    }

    [Fact]
    public async Task Sessions_ThatTheServerEnded_AreOpenedAnew()
    {
        var table = await MakeAsync(catalog);
        var all = Enumerable.Range(0, 6).Select(_ => catalog.ListTablesAsync(null, default));
        await Task.WhenAll(all);
        await EndSessionsAsync();
        Assert.NotNull(await catalog.TryLoadTableAsync(table.Identifier!, default));
        await EndSessionsAsync();
        Assert.Single((await warehouse.AppendAsync(table, [0L, "JFK", 1])).Metadata.Snapshots);

        Task EndSessionsAsync() => ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    [Fact]
    public async Task Swap_ThatTheServerRefuses_LeavesNoFile()
    {
        var table = await MakeAsync(catalog);
        await ExecuteAsync("ALTER TABLE iceberg_tables ADD CHECK (previous_metadata_location IS NULL)");

        var error = await Assert.ThrowsAsync<StorageException>(() => catalog.TrySwapAsync(table, Changed(table), default));

        Assert.Contains("was refused", error.Message, StringComparison.Ordinal);
        Assert.Equal([table.MetadataLocation], Directory.GetFiles(Path.Combine(table.Metadata.Location, "metadata")));
    }

    private static TableMetadata Changed(Table table) => table.Metadata with { Properties = new Dictionary<string, string>(table.Metadata.Properties) { ["x"] = "y" } };

    private static Task<Table> MakeAsync(PostgresCatalog client) => client.CreateTableAsync(
        new TableIdentifier("ns", "t"),
        new TableCreation(Warehouse.Flights, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string> { ["commit.retry.min-wait-ms"] = "1" }),
        default);

    private Task<PostgresCatalog> OpenAsync(string connection) =>
        PostgresCatalog.OpenAsync(connection, "local", Path.Combine(warehouse.Folder, "warehouse"), warehouse.Storage, TimeProvider.System, default);

    /// <summary>Holds the table's row, so that a commit waits in the server until it is disposed.</summary>
    private async Task<NpgsqlConnection> BlockAsync()
    {
        var blocker = new NpgsqlConnection(connectionString + ";Pooling=false");
        await blocker.OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; SELECT 1 FROM iceberg_tables FOR UPDATE", blocker);
        await command.ExecuteNonQueryAsync();
        return blocker;
    }

    private async Task TerminateBlockedAsync()
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE iceberg_tables%'", connection);
        while ((long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))! == 0)
        {
            await Task.Yield();
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
#pragma warning disable CA2100 // The test's own text.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
