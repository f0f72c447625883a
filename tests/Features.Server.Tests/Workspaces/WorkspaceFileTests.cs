using Features.Server.Workspaces;

namespace Features.Server.Tests.Workspaces;

public sealed class WorkspaceFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-file-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Read_OfAnEmptyFile_GivesTheDefaults()
    {
        var config = await ReadAsync("");
        Assert.Equal(new WorkspaceConfig(), config);
        Assert.Equal((".features/catalog.db", 512, "http://127.0.0.1:7070", "grpc://127.0.0.1:7071"), (config.Catalog.Path, config.Engine.MemoryMb, config.Functions.Listen, config.Flight.Listen));
    }

    [Fact]
    public async Task Read_OfKeys_TakesThemByTheirSnakeCaseNames()
    {
        var config = await ReadAsync("name: plant\nengine: { memory_mb: 64, threads: 2 }\nflight: { cache_mb: 7 }\ncatalog: { warehouse: elsewhere }\n");
        Assert.Equal(("plant", 64, 2, 7, "elsewhere"), (config.Name, config.Engine.MemoryMb, config.Engine.Threads, config.Flight.CacheMb, config.Catalog.Warehouse));
    }

    [Theory]
    [InlineData("name: a\ncatalogue: {}\n", ":2:1: there is no key 'catalogue'; the keys are described in schemas/workspace/v1.json")]
    [InlineData("name: a\nengine:\n  memory: 3\n", ":3:3: there is no key 'memory'")]
    [InlineData("engine: { threads: many }\n", ":1:20: the value is no whole number")]
    [InlineData("name: [\n", ":")]
    [InlineData("engine: { memory_mb: 2, threads: -1 }\n", ": engine.memory_mb is 2: give at least 64; engine.threads is -1")]
    [InlineData("storage: { properties: { s3.region: a, s4.region: b } }\n", "storage.properties has 's4.region': names begin with s3., client., adls.")]
    [InlineData("storage: { cache: { budget_mb: 0 } }\n", "storage.cache.budget_mb is 0")]
    [InlineData("catalog: { type: hive }\nengine: { type: spark }\n", "engine.type is 'spark': this version has 'duckdb'; catalog.type is 'hive': give sqlite, postgres, rest or hadoop")]
    [InlineData("catalog: { type: postgres, uri: here, credential: x }\n", "catalog.connection is missing: a catalog of type 'postgres' needs it; catalog.warehouse is missing: a catalog of type 'postgres' needs it; catalog.uri does not go with type 'postgres'")]
    [InlineData("catalog: { type: rest, uri: ftp://x }\n", "catalog.uri is 'ftp://x': give an address that begins with http:// or https://")]
    [InlineData("catalog: { type: rest }\n", "catalog.uri is missing")]
    [InlineData("catalog: { type: hadoop }\n", "catalog.warehouse is missing")]
    [InlineData("catalog: { token: x }\n", "catalog.token does not go with type 'sqlite'")]
    [InlineData("online: { materialize_every: 30 }\n", "online.materialize_every is '30': give a whole number and a unit")]
    [InlineData("online: { log_share: 2, max_rows: 0, max_body_mb: 0 }\n", "online.log_share is 2: give a share from 0 to 1; online.max_rows is 0: give at least 1; online.max_body_mb is 0")]
    [InlineData("online: { api_keys: [ { key: hidden }, { name: a }, { name: b, key: hidden, key_hash: ab }, { name: c, key_hash: ab }, { name: c, key: ' ' } ] }\n", "number 1 has no name: name who holds it; online.api_keys: 'a' needs either key (such as ${ENV}) or key_hash, and not both; online.api_keys: 'b' needs either key (such as ${ENV}) or key_hash, and not both; online.api_keys: key_hash of 'c' is no SHA-256: give 64 hexadecimal digits; online.api_keys: the key of 'c' is empty: give one; online.api_keys has 'c' 2 times")]
    [InlineData("online: { api_keys: [ { name: local, key: hidden } ] }\n", "'local' is who works on this machine without a key")]
    [InlineData("flight: { cache_mb: 0, load_parallelism: -1, max_message_kb: 1, ticket_lifetime: 0 }\n", "flight.cache_mb is 0: give at least 1; flight.load_parallelism is -1: give 0 for one a core, or up to 1024; flight.max_message_kb is 1: give 64 to 65536; flight.ticket_lifetime is '0'")]
    [InlineData("flight: { ticket_keys: [ { secret: hidden }, { id: a, secret: hidden-but-long-enough-to-be-a-secret }, { id: a, secret: hidden } ] }\n", "a key has no id: name it; flight.ticket_keys: the secret of '' has less than 32 bytes: draw one with 'openssl rand -hex 32'; flight.ticket_keys: the secret of 'a' has less")]
    [InlineData("flight: { auth: { secret: hidden, keys_file: k, algorithms: [ RS256, none ], clock_skew: 1h } }\n", "flight.auth.issuer is missing: the 'iss' that tokens carry; flight.auth.audience is missing: the 'aud' that tokens for this service carry; flight.auth needs one of keys_file, authority and secret, and no more; flight.auth.secret has less than 32 bytes: draw one with 'openssl rand -hex 32'; flight.auth.algorithms has RS256, none: with a secret there are HS256, HS384, HS512; flight.auth.clock_skew is '1h'")]
    [InlineData("flight: { auth: { issuer: i, audience: a, keys_file: k, algorithms: [ HS256 ] } }\n", "flight.auth.algorithms has HS256: with public keys there are RS256")]
    [InlineData("flight: { auth: { issuer: i, audience: a, authority: 'http://id' }, grants: [ { subject: a, role: b, actions: [ write ] } ] }\n", "flight.auth.authority is 'http://id': give an address that begins with https://; flight.grants: number 1 needs one of subject, tenant and role, and no more; flight.grants: number 1 names no datasets: give names, or '*' for all; flight.grants: number 1 has the actions 'write': there are list, read, warm, pin, evict, put")]
    [InlineData("flight: { grants: [], tenants: { a: { memory_mb: 0 } }, locations: [ 'http://a' ], tls: { key: k } }\n", "flight.tls needs certificate and key, each the path of a PEM file; flight.grants say nothing without flight.auth, since nobody says who they are: set flight.auth, or take them out; flight.tenants say nothing without")]
    [InlineData("flight: { put: { max_message_mb: 0, max_mb: 0, max_concurrent: 0, idle_timeout: 0 }, tenants: { a: { max_streams: 0 } } }\n", "flight.put.max_message_mb is 0: give 1 to 1024; flight.put.max_mb is 0: give at least 1; flight.put.max_concurrent is 0: give 1 to 1024; flight.put.idle_timeout is '0': give")]
    [InlineData("telemetry: { prometheus: here, otlp: { endpoint: there, protocol: thrift, interval: 0, headers: { a: 'hidden,hidden' } } }\n", "telemetry.prometheus is 'here': give an address such as http://127.0.0.1:9464; telemetry.otlp.endpoint is 'there': give the collector's address, such as http://127.0.0.1:4317; telemetry.otlp.protocol is 'thrift': give grpc or http; telemetry.otlp.headers: 'a' cannot be sent: give a name and a value, neither with a comma; telemetry.otlp.interval is '0'")]
    public async Task Read_OfAFault_NamesFileLineAndColumn(string text, string expected)
    {
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => ReadAsync(text));
        Assert.Equal("workspace-invalid", fault.Code);
        Assert.StartsWith(FilePath, fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("30s", 30d)]
    [InlineData("5m", 300d)]
    [InlineData("0", null)]
    public async Task Read_OfTheIntervalOfMaterialisation_TakesItsUnit(string text, double? seconds) =>
        Assert.Equal(seconds, (await ReadAsync($"online: {{ materialize_every: {text} }}\n")).Online.Interval?.TotalSeconds);

    [Fact]
    public async Task Read_OfACatalog_TakesItsKeysAndShowsNoSecret()
    {
        var config = await ReadAsync("catalog:\n  type: rest\n  uri: https://c/api\n  credential: me:hidden\n  oauth2_server_uri: https://id/tokens\n  scope: s\n  headers: { X-A: b }\n");
        Assert.Equal(("https://c/api", "me:hidden", "https://id/tokens", "s", "b"), (config.Catalog.Uri, config.Catalog.Credential, config.Catalog.OAuth2ServerUri, config.Catalog.Scope, config.Catalog.Headers!["X-A"]));
        Assert.DoesNotContain("hidden", config.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Examples_OfTheSchema_AreTakenAndRefusedAsTheySay()
    {
        var examples = Path.Combine(Testing.Fixtures.Repository, "schemas", "workspace", "examples");
        foreach (var document in Directory.GetFiles(Path.Combine(examples, "valid")).SelectMany(f => File.ReadAllText(f).Split("\n---\n")))
        {
            await ReadAsync(document);
        }

        foreach (var file in Directory.GetFiles(Path.Combine(examples, "invalid")).Where(f => File.ReadAllText(f) is var text && (text.StartsWith("catalog", StringComparison.Ordinal) || text.StartsWith("online", StringComparison.Ordinal) || text.StartsWith("flight", StringComparison.Ordinal) || text.StartsWith("telemetry", StringComparison.Ordinal))))
        {
            await Assert.ThrowsAsync<WorkspaceException>(async () => await ReadAsync(await File.ReadAllTextAsync(file)));
        }
    }

    [Fact]
    public async Task Read_OfAnEnvironmentVariable_TakesItsValue_ButNotInAComment()
    {
        // HOME stands wherever tests run; NAMES_NOTHING does not.
        var config = await ReadAsync("# ${NAMES_NOTHING}\nlineage: { path: \"${HOME}/lineage.ndjson\" }\n");
        Assert.Equal($"{Environment.GetEnvironmentVariable("HOME")}/lineage.ndjson", config.Lineage.Path);
    }

    [Fact]
    public async Task Read_OfAMissingEnvironmentVariable_NamesItAndItsPlace()
    {
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => ReadAsync("name: a\nlineage:\n  path: ${NAMES_NOTHING}/x\n"));
        Assert.StartsWith($"{FilePath}:3:9: ${{NAMES_NOTHING}} stands for an environment variable that is not set; set NAMES_NOTHING", fault.Message, StringComparison.Ordinal);
    }

    private string FilePath => Path.Combine(folder, WorkspaceFile.Name);

    private async Task<WorkspaceConfig> ReadAsync(string text)
    {
        await File.WriteAllTextAsync(FilePath, text, TestContext.Current.CancellationToken);
        return await WorkspaceFile.ReadAsync(FilePath, TestContext.Current.CancellationToken);
    }
}
