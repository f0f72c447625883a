using Features.Iceberg;
using Features.Iceberg.Catalogs.Rest;
using Features.Iceberg.S3.Tests;
using Features.Iceberg.Storage;
using Features.Server.Ingest;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Workspaces;

public sealed class WorkspaceStorageTests : IAsyncLifetime
{
    private static readonly TableIdentifier Readings = new("plant", "readings");

    private readonly string folder = Directory.CreateTempSubdirectory("features-remote-").FullName;
    private S3Fake s3 = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Properties => $"properties: {{ {string.Join(", ", s3.Properties.Select(p => $"{p.Key}: \"{p.Value}\""))} }}";

    public async ValueTask InitializeAsync() => s3 = await S3Fake.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await s3.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Warehouse_OnS3_IsWrittenAndReadByBothAdaptersAndCached()
    {
        await using var workspace = await FilledAsync($"catalog: {{ warehouse: \"s3://bucket/wh\" }}\nstorage: {{ {Properties} }}\n");

        Assert.Contains(s3.Objects.Keys, key => key.StartsWith("bucket/wh/plant/readings/data/", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(folder, ".features", "warehouse")));

        Assert.Equal([1, 2], await IdsAsync(workspace));

        var table = await workspace.Reads.LoadAsync(Readings, Token);
        Assert.StartsWith("s3://bucket/wh/plant/readings/", table.MetadataLocation, StringComparison.Ordinal);
        var rows = 0;
        await foreach (var batch in table.NewScan().ReadAsync(workspace.Files, Token))
        {
            rows += batch.Length;
            batch.Dispose();
        }

        Assert.Equal(2, rows);

        // All that a query reads has been read before; its files never change, so none is asked for again.
        s3.Requests.Clear();
        Assert.Equal([1, 2], await IdsAsync(workspace));
        Assert.DoesNotContain(s3.Requests, request => request.StartsWith("GET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Table_ByItsMetadataFileOnS3_IsOpenedInAnyWorkspaceThatReachesTheStore()
    {
        string location;
        await using (var writer = await FilledAsync($"catalog: {{ warehouse: \"s3://bucket/wh\" }}\nstorage: {{ {Properties} }}\n"))
        {
            location = (await writer.Reads.LoadAsync(Readings, Token)).MetadataLocation;
        }

        var other = Path.Combine(folder, "other");
        Directory.CreateDirectory(other);
        await using var reader = await OpenAsync(other, $"storage: {{ {Properties}, allow: [] }}\n");
        Assert.Equal(2, (await (await reader.OpenTableAsync(location, null, Token)).NewScan().PlanAsync(Token)).Tasks.Sum(task => task.File.RecordCount));
        var asFolder = location[..location.LastIndexOf("/metadata/", StringComparison.Ordinal)];
        Assert.Equal(location, (await reader.OpenTableAsync(asFolder, null, Token)).MetadataLocation);
        await Assert.ThrowsAsync<LocationNotAllowedException>(() => reader.Storage.Objects.StatAsync("s3://bucket/elsewhere/x", Token));
    }

    [Fact]
    public async Task Allow_List_RefusesATableWhoseFilesLieElsewhere()
    {
        await using (var filled = await FilledAsync("catalog: { warehouse: wh }\n"))
        {
            Assert.Equal([1, 2], await IdsAsync(filled));
        }

        await using (var strict = await OpenAsync(folder, "catalog: { warehouse: somewhere-else }\nstorage: { allow: [ s3://bucket/wh ] }\n"))
        {
            var error = await Assert.ThrowsAsync<LocationNotAllowedException>(() => IdsAsync(strict));
            Assert.Contains("storage.allow", error.Message, StringComparison.Ordinal);
        }

        await using var allowing = await OpenAsync(folder, "catalog: { warehouse: somewhere-else }\nstorage: { allow: [ wh ] }\n");
        Assert.Equal([1, 2], await IdsAsync(allowing));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("flight: { listen: \"grpc://[::1]:7071\" }\n", true)]
    [InlineData("flight: { listen: \"grpc://0.0.0.0:7071\" }\n", false)]
    [InlineData("functions: { listen: \"http://*:7070\" }\n", false)]
    [InlineData("functions: { listen: \"http://10.0.0.5:7070\" }\n", false)]
    public async Task Policy_Default_IsStrictWhereOthersAreServed(string listen, bool isForeignReadable)
    {
        await using var workspace = await OpenAsync(folder, listen);
        var foreign = Path.Combine(folder, "foreign");
        await File.WriteAllTextAsync(foreign, "x", Token);

        Assert.NotEqual(isForeignReadable, await Record.ExceptionAsync(() => workspace.Storage.Objects.StatAsync(foreign, Token)) is LocationNotAllowedException);
        Assert.Null(await workspace.Storage.Objects.StatAsync(Path.Combine(folder, ".features", "warehouse", "x"), Token));
    }

    [Fact]
    public async Task StoreOf_ATableWithCredentialsOfItsOwn_IsReachedWithThemFromEverywhere()
    {
        s3.Objects["bucket/wh/t/x"] = new S3Fake.Stored([7], null);
        s3.Objects["bucket/wh/t2/x"] = new S3Fake.Stored([8], null);
        await using var workspace = await OpenAsync(folder, $"storage: {{ {Properties.Replace(S3Fake.AccessKey, "stranger", StringComparison.Ordinal)} }}\n");
        await Assert.ThrowsAsync<StorageException>(() => workspace.Storage.Objects.OpenReadAsync("s3://bucket/wh/t/x", Token));

        var store = workspace.Storage.StoreOf("s3a://bucket/wh/t/", new Dictionary<string, string> { ["s3.access-key-id"] = S3Fake.AccessKey, ["s3.secret-access-key"] = "vended", ["token"] = "not for stores" });

        await using (var stream = await store.OpenReadAsync("s3://bucket/wh/t/x", Token))
        {
            Assert.Equal(7, stream.ReadByte());
        }

        using (var file = await workspace.Storage.Objects.FetchAsync("s3://bucket/wh/t/x", Token))
        {
            Assert.Equal([7], await File.ReadAllBytesAsync(file.Path, Token));
        }

        await Assert.ThrowsAsync<StorageException>(() => store.OpenReadAsync("s3://bucket/wh/t2/x", Token));
    }

    [Fact]
    public async Task Workspace_OnARestCatalog_ReachesEachTableByWhatTheCatalogGivesWithIt()
    {
        await using var servers = await OpenAsync(Directory.CreateDirectory(Path.Combine(folder, "servers")).FullName, $"storage: {{ {Properties} }}\n");
        await using var server = new RestServer("s3://bucket/wh", servers.Storage.Objects);
        (server.Tables.TableConfig["s3.access-key-id"], server.Tables.TableConfig["s3.secret-access-key"]) = (S3Fake.AccessKey, "vended");
        await server.StartAsync();
        var strangers = 0;
        s3.Inject = request =>
        {
            strangers += request.Headers.ContainsKey("x-amz-security-token") ? 1 : 0;
            return null;
        };
        var own = Properties.Replace(S3Fake.AccessKey, "stranger", StringComparison.Ordinal).Replace(" }", ", s3.session-token: \"strangers\" }", StringComparison.Ordinal);

        await using var workspace = await FilledAsync($"catalog: {{ type: rest, uri: \"{server.Uri}\" }}\nstorage: {{ {own} }}\n");

        Assert.Equal([1, 2], await IdsAsync(workspace));
        Assert.Contains(s3.Objects.Keys, key => key.StartsWith("bucket/wh/plant/readings/data/", StringComparison.Ordinal));
        Assert.Contains(server.Requests, request => request.Headers.GetValueOrDefault("X-Iceberg-Access-Delegation") == "vended-credentials");
        Assert.Equal(0, strangers);
        await Assert.ThrowsAsync<StorageException>(() => workspace.Storage.Objects.StatAsync("s3://bucket/elsewhere", Token));

        // Credentials that pass are given anew with each loading of the table.
        server.Tables.TableConfig["s3.secret-access-key"] = "vended later";
        Assert.Equal([1, 2], await IdsAsync(workspace));
    }

    [Theory]
    [InlineData("allow: []", false)]
    [InlineData("allow: null", true)]
    [InlineData("allow: [], properties: { adls.connection-string: \"AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=http://169.254.169.254/\" }", true)]
    public async Task StoreOf_AConnectionStringOfTheCatalog_IsRefusedWhereThePolicyIsNotOpen(string storage, bool isTaken)
    {
        await using var workspace = await OpenAsync(folder, $"storage: {{ {storage} }}\n");
        var properties = new Dictionary<string, string> { ["adls.connection-string"] = "AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=http://169.254.169.254/" };
        var error = Record.Exception(() => workspace.Storage.StoreOf("abfss://c@a.dfs.core.windows.net/t", properties));
        Assert.Equal(isTaken, error is null);
        Assert.True(isTaken || (error is LocationNotAllowedException && !error.Message.Contains("c2VjcmV0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Policy_WhereARestCatalogsWarehouseIsAName_AllowsNoFolderOfThatName()
    {
        await using var server = new RestServer("s3://bucket/wh", new LocalObjectStore());
        await server.StartAsync();
        await using var workspace = await OpenAsync(folder, $"catalog: {{ type: rest, uri: \"{server.Uri}\", warehouse: prod }}\nstorage: {{ allow: [ \"s3://bucket/wh\" ] }}\n");
        await Assert.ThrowsAsync<LocationNotAllowedException>(() => workspace.Storage.Objects.StatAsync(Path.Combine(folder, "prod", "x"), Token));
    }

    [Theory]
    [InlineData("http://169.254.169.254", "[]", false)]
    [InlineData("http://localhost:9000", "[]", false)]
    [InlineData("no-url", "[]", false)]
    [InlineData("https://s3.example.com", "[]", true)]
    [InlineData("http://169.254.169.254", "null", true)]
    public async Task StoreOf_AnEndpointOfThisNetwork_IsRefusedWhereThePolicyIsNotOpen(string endpoint, string allow, bool isTaken)
    {
        await using var workspace = await OpenAsync(folder, $"storage: {{ allow: {allow} }}\n");
        var error = Record.Exception(() => workspace.Storage.StoreOf("s3://bucket/wh/t", new Dictionary<string, string> { ["s3.endpoint"] = endpoint }));
        Assert.Equal(isTaken, error is null);
        Assert.True(isTaken || error is LocationNotAllowedException);
    }

    private static async Task<List<long>> IdsAsync(Workspace workspace)
    {
        var ids = new List<long>();
        await foreach (var id in workspace.QueryAsync<long>("SELECT id FROM plant.readings ORDER BY id", Token))
        {
            ids.Add(id);
        }

        return ids;
    }

    private static async Task<Workspace> OpenAsync(string root, string config)
    {
        await File.WriteAllTextAsync(Path.Combine(root, "features.yaml"), "name: remote\n" + config, Token);
        return await Workspace.OpenAsync(root, Token);
    }

    private async Task<Workspace> FilledAsync(string config)
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "readings.yaml"), """
            kind: Contract
            name: readings
            columns:
              - { name: id, type: long, required: true }
            ---
            kind: Pipeline
            name: readings
            source: { match: "landing/*" }
            contract: readings
            target: { table: plant.readings, mode: append }
            """, Token);
        var file = Path.Combine(folder, "readings.csv");
        await File.WriteAllTextAsync(file, "id\n1\n2\n", Token);
        var workspace = await OpenAsync(folder, config);
        await workspace.ApplyAsync(planOnly: false, Token);
        Assert.Equal(2, (await DirectIngest.RunAsync(workspace, "readings", file, Token)).Outcome.Good);
        return workspace;
    }
}
