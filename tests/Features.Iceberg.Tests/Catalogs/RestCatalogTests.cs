using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Features.Iceberg.Catalogs.Rest;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Catalogs;

/// <summary>A REST catalog at a server that asks for a token, a prefix, pages and the levels above a namespace.</summary>
public sealed class RestCatalogTests : CatalogConformance, IAsyncLifetime
{
    private static readonly TableIdentifier Name = new("ns", "t");

    private readonly Warehouse warehouse = new();
    private readonly List<RestCatalog> opened = [];
    private readonly List<(string Location, IReadOnlyDictionary<string, string> Config)> stores = [];
    private RestServer server = null!;

    private static RestFault OnCommit(int status, bool isAfter, int times = 1) => new(new Regex("^POST .*/tables/t$"), status, isAfter, times);

    public async ValueTask InitializeAsync()
    {
        server = new RestServer(Path.Combine(warehouse.Folder, "warehouse"), warehouse.Storage) { Prefix = "ws/1", Credential = ("me", "se:cret") };
        server.Config["overrides"]!["prefix"] = "ws/1";
        server.Tables.PageSize = 2;
        server.Tables.Purge = table => TablePurge.RemoveFilesAsync(table, default);
        await server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        opened.ForEach(c => c.Dispose());
        await server.DisposeAsync();
        warehouse.Dispose();
    }

    [Fact]
    public async Task Commits_OfEveryKind_ReachTheServer()
    {
        var table = await warehouse.AppendAsync(await MakeAsync(Open()), [0L, "JFK", 1]);
        table = await warehouse.AppendAsync(table, [1L, "SFO", 2]);
        var first = table.Metadata.Snapshots[0].SnapshotId;
        table = (await table.NewTransaction()
            .Add(new SetSnapshotRef("audit", new SnapshotRef(first, IsBranch: true, MinSnapshotsToKeep: 3)))
            .Add(new SetProperties(new Dictionary<string, string?> { ["x"] = "y", ["p"] = null }))
            .CommitAsync(default)).Table;

        var loaded = await Open().LoadTableAsync(Name, default);

        Assert.Equal(table.MetadataLocation, loaded.MetadataLocation);
        Assert.Equal(3, loaded.Metadata.MetadataLog.Count);
        Assert.Equal(new SnapshotRef(first, IsBranch: true, MinSnapshotsToKeep: 3), loaded.Metadata.Refs["audit"]);
        Assert.Equal(("y", false), (loaded.Metadata.Properties["x"], loaded.Metadata.Properties.ContainsKey("p")));
        Assert.Equal(["(0,'JFK',1)", "(1,'SFO',2)"], (await Warehouse.LinesAsync(loaded.NewScan())).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Writers_AtOnce_LoseNothingAndRepeatNothing()
    {
        const int writers = 4, commits = 5;
        var properties = new Dictionary<string, string> { ["commit.retry.num-retries"] = "100", ["commit.retry.min-wait-ms"] = "1", ["commit.retry.max-wait-ms"] = "20" };
        await MakeAsync(Open(), properties);
        // Some commits are made and their answer is lost, some fail before they are made, some after.
        server.Faults.Enqueue(OnCommit(0, isAfter: true, times: 3));
        server.Faults.Enqueue(OnCommit(503, isAfter: false, times: 3));
        server.Faults.Enqueue(OnCommit(500, isAfter: true, times: 3));

        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            var mine = await (await OpenAsync(Options)).LoadTableAsync(Name, default);
            for (var c = 0; c < commits; c++)
            {
                mine = await warehouse.AppendAsync(mine, [0L, $"w{w}", c]);
            }
        })));

        var end = await Open().LoadTableAsync(Name, default);
        Assert.Equal(
            Enumerable.Range(0, writers).SelectMany(w => Enumerable.Range(0, commits).Select(c => $"(0,'w{w}',{c})")).Order(StringComparer.Ordinal),
            (await Warehouse.LinesAsync(end.NewScan())).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(1, writers * commits).Select(i => (long)i), end.Metadata.Snapshots.Select(s => s.SequenceNumber));
        Assert.Equal(end.Metadata.Snapshots.Select(s => (long?)s.SnapshotId).SkipLast(1).Prepend(null), end.Metadata.Snapshots.Select(s => s.ParentId));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, false)]
    [InlineData(504, true)]
    public async Task Swap_WithoutAnAnswer_IsToldByTheTableOrUnknown(int status, bool isAfter)
    {
        var catalog = await OpenAsync(Options);
        var table = await MakeAsync(catalog);
        server.Faults.Enqueue(OnCommit(status, isAfter));
        var updated = table.Metadata with { Properties = new Dictionary<string, string> { ["x"] = "y" } };

        var swap = catalog.TrySwapAsync(table, updated, default);

        if (isAfter)
        {
            Assert.Equal("y", (await swap)!.Metadata.Properties["x"]);
        }
        else
        {
            await Assert.ThrowsAsync<CommitStateUnknownException>(() => swap);
            Assert.False((await catalog.LoadTableAsync(Name, default)).Metadata.Properties.ContainsKey("x"));
        }
    }

    [Fact]
    public async Task Swap_WhoseOutcomeTheTableDoesNotTell_IsUnknown()
    {
        var catalog = await OpenAsync(Options with { Retries = 0 });
        var table = await MakeAsync(catalog);
        server.Faults.Enqueue(OnCommit(500, isAfter: true, times: 2));
        server.Faults.Enqueue(new RestFault(new Regex("^GET .*/tables/t$"), 500));
        var updated = table.Metadata with { Properties = new Dictionary<string, string> { ["x"] = "y" } };
        await Assert.ThrowsAsync<CommitStateUnknownException>(() => catalog.TrySwapAsync(table, updated, default));
    }

    [Theory]
    [InlineData("{\"metadata-location\":\"x\",\"meta")]
    [InlineData("{}")]
    [InlineData("{\"metadata\":{\"format-version\":2}}")]
    public async Task Swap_AnsweredWithHalfAnAnswer_IsToldByTheTable(string body)
    {
        var catalog = await OpenAsync(Options);
        var table = await MakeAsync(catalog);
        server.Faults.Enqueue(OnCommit(200, isAfter: true) with { Body = body });
        Assert.NotNull(await catalog.TrySwapAsync(table, table.Metadata with { Properties = new Dictionary<string, string> { ["x"] = "y" } }, default));
        server.Faults.Enqueue(OnCommit(200, isAfter: false) with { Body = body });
        await Assert.ThrowsAsync<CommitStateUnknownException>(() => catalog.TrySwapAsync(table, table.Metadata with { Properties = new Dictionary<string, string> { ["z"] = "z" } }, default));
    }

    [Fact]
    public async Task Swap_AskedToWait_IsSentAgainAndConflicts_AreNull()
    {
        var catalog = await OpenAsync(Options);
        var table = await MakeAsync(catalog);
        server.Faults.Enqueue(OnCommit(429, isAfter: false, times: 2) with { RetryAfter = "0" });
        var updated = table.Metadata with { Properties = new Dictionary<string, string> { ["x"] = "y" } };
        Assert.NotNull(await catalog.TrySwapAsync(table, updated, default));
        server.Faults.Enqueue(OnCommit(409, isAfter: false));
        Assert.Null(await catalog.TrySwapAsync(table, updated with { Location = "/elsewhere" }, default));
        await catalog.DropTableAsync(Name, default);
        Assert.Null(await catalog.TrySwapAsync(table, updated, default));
    }

    [Theory]
    [InlineData(400, "change what it says is wrong")]
    [InlineData(401, "'credential'")]
    [InlineData(403, "privilege")]
    [InlineData(419, "expired")]
    [InlineData(307, "redirects")]
    public async Task Swap_Refused_SaysWhatToDo(int status, string remedy)
    {
        var catalog = await OpenAsync(Options);
        var table = await MakeAsync(catalog);
        server.Faults.Enqueue(OnCommit(status, isAfter: false, times: 2));
        var error = await Assert.ThrowsAsync<StorageException>(() => catalog.TrySwapAsync(table, table.Metadata with { Location = "/elsewhere" }, default));
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Contains("as the test wants", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task Create_WithoutAnAnswer_IsUnknown()
    {
        var catalog = await OpenAsync(Options);
        await catalog.CreateNamespaceAsync("ns", default);
        server.Faults.Enqueue(new RestFault(new Regex("^POST .*/tables$"), 504, IsAfter: true));
        await Assert.ThrowsAsync<CommitStateUnknownException>(() => MakeAsync(catalog));
        Assert.True(await catalog.TableExistsAsync(Name, default));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(0)]
    public async Task Read_ThatFails_IsAskedAgainAndInTheEndGivenUp(int status)
    {
        var catalog = await OpenAsync(Options with { Retries = 2 });
        await MakeAsync(catalog);
        var onLoad = new RestFault(new Regex("^GET .*/tables/t$"), status, Times: 2, RetryAfter: "0");
        server.Faults.Enqueue(onLoad);
        Assert.NotNull(await catalog.TryLoadTableAsync(Name, default));
        server.Faults.Enqueue(onLoad with { Times = 3 });
        server.Faults.Enqueue(new RestFault(new Regex("^GET .*/tables/t$"), status, Times: 3, RetryAfter: "0"));
        Assert.True((await Assert.ThrowsAsync<StorageException>(() => catalog.TryLoadTableAsync(Name, default))).IsTransient);
    }

    [Fact]
    public async Task Answer_ThatIsTooLarge_IsNotTaken()
    {
        await MakeAsync(Open());
        using var catalog = await OpenAsync(Options with { LargestAnswerBytes = 600, Retries = 0 });
        var error = await Assert.ThrowsAsync<StorageException>(() => catalog.TryLoadTableAsync(Name, default));
        Assert.Contains("more than 600 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatIsNoCatalog_IsNamed()
    {
        var missing = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(Options with { Credential = null, Token = null, Uri = new Uri(server.Uri, "/other") }));
        Assert.Contains("401", missing.Message, StringComparison.Ordinal);
        server.Faults.Enqueue(new RestFault(new Regex("/v1/config$"), 404, Body: "<html>"));
        Assert.Contains("check the catalog's uri", (await Assert.ThrowsAsync<StorageException>(() => OpenAsync(Options))).Message, StringComparison.Ordinal);
        server.Faults.Enqueue(new RestFault(new Regex("/v1/config$"), 200, Body: "[]"));
        await Assert.ThrowsAsync<InvalidFileException>(() => OpenAsync(Options));
        var unreached = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(Options with { Uri = new Uri("http://127.0.0.1:1"), Retries = 0 }));
        Assert.True(unreached.IsTransient);
    }

    [Fact]
    public async Task Table_Staged_IsMadeWithItsFirstRows()
    {
        var catalog = await OpenAsync(Options);
        var staged = await catalog.StageTableAsync(Name, Creation(new Dictionary<string, string> { ["p"] = "1" }), default);
        Assert.False(await catalog.TableExistsAsync(Name, default));
        var files = await warehouse.WriteAsync(staged, [[0L, "JFK", 1]]);
        var updated = await new AppendFiles(files).ApplyAsync(staged.Metadata, new CommitContext(staged, 1, 5), default);

        var made = await catalog.CommitStagedAsync(staged, updated, default);

        Assert.Equal(staged.Metadata.TableUuid, made.Metadata.TableUuid);
        Assert.Equal(["(0,'JFK',1)"], await Warehouse.LinesAsync((await catalog.LoadTableAsync(Name, default)).NewScan()));
        await warehouse.AppendAsync(made, [1L, "SFO", 2]);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => catalog.CommitStagedAsync(staged, updated, default));
        await Assert.ThrowsAsync<AlreadyExistsException>(() => catalog.StageTableAsync(Name, Creation([]), default));
    }

    [Fact]
    public async Task Table_ReplacedInOneStep_IsRefusedByName()
    {
        var table = await MakeAsync(Open());
        var error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => table.NewReplacement(Creation([])).CommitAsync([], default));
        Assert.Contains("replacing a table", error.Message, StringComparison.Ordinal);
        Assert.Equal(table.Metadata.TableUuid, (await Open().LoadTableAsync(Name, default)).Metadata.TableUuid);
    }

    [Fact]
    public async Task Table_WithVeryManySnapshots_IsLoadedWithThoseThatRefsPointTo()
    {
        using var catalog = await OpenAsync(Options with { LoadsAllSnapshots = false });
        var table = await MakeAsync(catalog);
        for (var i = 0; i < 3; i++)
        {
            table = await warehouse.AppendAsync(table, [0L, "JFK", i]);
        }

        var loaded = await catalog.LoadTableAsync(Name, default);

        Assert.Single(loaded.Metadata.Snapshots);
        await warehouse.AppendAsync(loaded, [0L, "JFK", 3]);
        Assert.Equal(4, (await Open().LoadTableAsync(Name, default)).Metadata.Snapshots.Count);
    }

    [Fact]
    public async Task Store_OfATable_IsMadeWithWhatTheServerVends()
    {
        server.Config["defaults"]!["s3.region"] = "eu";
        server.Config["defaults"]!["io"] = "default";
        server.Config["overrides"]!["s3.endpoint"] = "http://s3";
        server.Tables.TableConfig["s3.access-key-id"] = "plain";
        server.Tables.TableConfig["s3.session-token"] = "session";
        foreach (var (prefix, key) in new[] { (warehouse.Folder, "wide"), (Path.Combine(warehouse.Folder, "warehouse"), "narrow"), ("s3://other", "foreign") })
        {
            server.Tables.StorageCredentials.Add(new JsonObject { ["prefix"] = prefix, ["config"] = new JsonObject { ["s3.access-key-id"] = key } });
        }

        var catalog = await OpenAsync(Options with { Properties = new Dictionary<string, string> { ["io"] = "mine", ["s3.endpoint"] = "mine" } });
        var table = await MakeAsync(catalog);

        var (location, config) = stores[^1];
        Assert.Equal(table.Metadata.Location, location);
        Assert.Equal(("eu", "mine", "http://s3", "narrow", "session"), (config["s3.region"], config["io"], config["s3.endpoint"], config["s3.access-key-id"], config["s3.session-token"]));
        Assert.All(server.Requests.Where(r => r.Line.Contains("/tables", StringComparison.Ordinal)), r => Assert.Equal("vended-credentials", r.Headers["X-Iceberg-Access-Delegation"]));
    }

    [Fact]
    public async Task Requests_CarryTheNamesAndHeadersAsTheSpecificationHasThem()
    {
        server.Config["defaults"]!["header.X-Server"] = "a";
        var catalog = await OpenAsync(Options with { Warehouse = "my house", Headers = new Dictionary<string, string> { ["X-Mine"] = "b", ["X-Iceberg-Access-Delegation"] = "remote-signing" } });
        await catalog.CreateTableAsync(new TableIdentifier("a.b c", "t/é"), Creation([]), default);
        await catalog.TryLoadTableAsync(new TableIdentifier("a.b c", "t/é"), default);

        Assert.Contains(server.Requests, r => r.Line == "GET /base/v1/config?warehouse=my%20house");
        var (_, headers, _) = server.Requests.Single(r => r.Line == "GET /base/v1/ws/1/namespaces/a%1Fb%20c/tables/t%2F%C3%A9?snapshots=all");
        Assert.Equal(("a", "b", "remote-signing"), (headers["X-Server"], headers["X-Mine"], headers["X-Iceberg-Access-Delegation"]));
    }

    [Fact]
    public async Task Names_ThatWouldMakeAnotherPath_AreNotSent()
    {
        var catalog = Open();
        await MakeAsync(catalog);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => catalog.DropTableAsync(Name with { Name = ".." }, default));
        Assert.DoesNotContain(server.Requests, r => r.Line.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Endpoints_TheServerDoesNotOffer_AreRefusedByName()
    {
        server.Config["endpoints"] = new JsonArray(RestEndpoints.LoadTable, RestEndpoints.CreateTable, RestEndpoints.CreateNamespace);
        var catalog = await OpenAsync(Options);
        await MakeAsync(catalog);
        Assert.True(await catalog.TableExistsAsync(Name, default));
        Assert.DoesNotContain(server.Requests, r => r.Line.StartsWith("HEAD", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => catalog.RenameTableAsync(Name, Name, default));
        Assert.Contains(RestEndpoints.RenameTable, error.Message, StringComparison.Ordinal);
        server.Config["endpoints"]!.AsArray().Add(RestEndpoints.TableExists);
        Assert.True(await (await OpenAsync(Options)).TableExistsAsync(Name, default));
        Assert.Contains(server.Requests, r => r.Line.StartsWith("HEAD", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pages_OfManyTables_AreAllRead()
    {
        var catalog = Open();
        for (var i = 0; i < 7; i++)
        {
            await catalog.CreateTableAsync(new TableIdentifier("ns.deep", $"t{i}"), Creation([]), default);
        }

        Assert.Equal(Enumerable.Range(0, 7).Select(i => new TableIdentifier("ns.deep", $"t{i}")), await catalog.ListTablesAsync(null, default));
        server.Faults.Enqueue(new RestFault(new Regex("/tables$"), 200, Times: 3, Body: """{"identifiers":[],"next-page-token":"x"}"""));
        Assert.Contains("circle", (await Assert.ThrowsAsync<InvalidFileException>(() => catalog.ListTablesAsync("ns.deep", default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespaces_WhoseParentsMustStand_AreMadeFromTheTop()
    {
        server.Tables.WantsParents = true;
        var catalog = Open();
        await Assert.ThrowsAsync<NotFoundException>(() => catalog.CreateNamespaceAsync("a.b.c", default));
        await catalog.CreateTableAsync(new TableIdentifier("a.b.c", "t"), Creation([]), default);
        Assert.Equal(["a.b"], await catalog.ListNamespacesAsync("a", default));
    }

    [Fact]
    public void Options_Printed_ShowNoSecret() =>
        Assert.Equal($"RestCatalogOptions {{ Name = rest, Uri = {server.Uri}, Warehouse =  }}", (Options with { Token = "hidden" }).ToString());

    protected override ICatalog Open() => OpenAsync(Options).GetAwaiter().GetResult();

    private RestCatalogOptions Options => new() { Uri = server.Uri, Credential = "me:se:cret" };

    private async Task<RestCatalog> OpenAsync(RestCatalogOptions options)
    {
        var catalog = await RestCatalog.OpenAsync(options, StoreOf, TimeProvider.System, default);
        lock (opened)
        {
            opened.Add(catalog);
        }

        return catalog;
    }

    private LocalObjectStore StoreOf(string location, IReadOnlyDictionary<string, string> config)
    {
        lock (stores)
        {
            stores.Add((location, config));
        }

        return warehouse.Storage;
    }

    private static TableCreation Creation(Dictionary<string, string> properties) => new(Warehouse.Flights, Warehouse.ByDay, SortOrder.Unsorted, properties);

    private static Task<Table> MakeAsync(ICatalog catalog, Dictionary<string, string>? properties = null) => catalog.CreateTableAsync(Name, Creation(properties ?? new() { ["p"] = "1" }), default);
}
