using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Server.Workspaces;
using Features.Testing;

namespace Features.Server.Tests.Workspaces;

public sealed class WorkspaceCatalogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-catalog-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Workspace_OnPostgres_SharesItsTablesWithOthersOfTheDatabase()
    {
        await using var server = await PostgresServer.TryStartAsync();
        Assert.SkipWhen(server is null, "PostgreSQL is not installed");
        await using var workspace = await OpenAsync($"catalog: {{ type: postgres, name: lake, connection: \"{server!.ConnectionString("postgres")}\", warehouse: tables }}");
        await CreateAsync(workspace.Catalog);

        await using var other = await OpenAsync($"catalog: {{ type: postgres, name: lake, connection: \"{server.ConnectionString("postgres")}\", warehouse: elsewhere }}");

        var table = await other.Catalog.LoadTableAsync(new TableIdentifier("ns", "t"), default);
        Assert.Equal(Path.Combine(workspace.Root, "tables", "ns", "t"), table.Metadata.Location);
        Assert.Equal([0L], await workspace.QueryAsync<long>("SELECT count(*) FROM ns.t").ToListAsync());
    }

    [Fact]
    public async Task Workspace_OnAHadoopWarehouse_ReadsItsTables()
    {
        await using (var workspace = await OpenAsync(""))
        {
            await CreateAsync(workspace.Catalog);
        }

        await using var hadoop = await OpenAsync("catalog: { type: hadoop, warehouse: .features/../.features/warehouse }");
        Assert.Equal([new TableIdentifier("ns", "t")], await hadoop.Catalog.ListTablesAsync(null, default));
        Assert.Equal([0L], await hadoop.QueryAsync<long>("SELECT count(*) FROM ns.t").ToListAsync());
        await Assert.ThrowsAsync<UnsupportedFeatureException>(() => CreateAsync(hadoop.Catalog));
    }

    [Fact]
    public async Task Workspace_WhoseCatalogIsNotThere_IsNamed()
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => OpenAsync("catalog: { type: postgres, connection: \"Host=/nowhere;Password=hidden\", warehouse: tables }"));
        Assert.DoesNotContain("hidden", error.Message, StringComparison.Ordinal);
    }

    private static Task<Table> CreateAsync(ICatalog catalog) => catalog.CreateTableAsync(
        new TableIdentifier("ns", "t"),
        new TableCreation(new Schema(0, [new NestedField(1, "a", new PrimitiveType(PrimitiveKind.Int), false)], []), PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()),
        default);

    private async Task<Workspace> OpenAsync(string text)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), text);
        return await Workspace.OpenAsync(folder, default);
    }
}
