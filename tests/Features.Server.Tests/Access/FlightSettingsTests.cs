using System.Text;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Features.Flight;
using Features.Server.Access;
using Features.Server.Hosting;
using Features.Server.Tests.Serving;
using Features.Server.Workspaces;
using Grpc.Net.Client;

namespace Features.Server.Tests.Access;

/// <summary>Each key of <c>flight</c> in features.yaml reaches the service.</summary>
public sealed class FlightSettingsTests : IDisposable
{
    private const string Auth = "auth: { issuer: i, audience: a, secret: 0123456789abcdef0123456789abcdef }";

    private static readonly Dictionary<string, (string Yaml, Func<FlightOptions, object?> Option, object? Expected)> Keys = new()
    {
        [nameof(FlightConfig.Locations)] = ("locations: [ 'grpc+tcp://a:1', 'grpc+tls://b:2' ]", o => string.Join(' ', o.Locations.Select(l => l.OriginalString)), "grpc+tcp://a:1 grpc+tls://b:2"),
        [nameof(FlightConfig.CacheMb)] = ("cache_mb: 7", o => o.MemoryBudgetBytes, 7L << 20),
        [nameof(FlightConfig.LoadParallelism)] = ("load_parallelism: 5", o => o.LoadParallelism, 5),
        [nameof(FlightConfig.Spill)] = ("spill: { path: over, budget_mb: 9 }", o => $"{Path.GetFileName(o.SpillFolder)} {Path.IsPathRooted(o.SpillFolder)} {o.SpillBudgetBytes}", $"over True {9L << 20}"),
        [nameof(FlightConfig.MaxMessageKb)] = ("max_message_kb: 100", o => o.MaxMessageBytes, 100 << 10),
        [nameof(FlightConfig.MaxStreams)] = ("max_streams: 11", o => o.MaxStreams, 11),
        [nameof(FlightConfig.MaxStreamsPerSubject)] = ("max_streams_per_subject: 12", o => o.MaxStreamsPerSubject, 12),
        [nameof(FlightConfig.MaxStreamsPerConnection)] = ("max_streams_per_connection: 13", o => o.MaxStreamsPerConnection, 13),
        [nameof(FlightConfig.Put)] = (
            "put: { max_message_mb: 3, max_mb: 4096, max_concurrent: 2, idle_timeout: 7s }",
            o => (o.Put.MaxMessageBytes, o.Put.MaxBytes, o.Put.MaxConcurrent, o.Put.IdleTimeout),
            (3 << 20, 4L << 30, 2, TimeSpan.FromSeconds(7))),
        [nameof(FlightConfig.StallTimeout)] = ("stall_timeout: 0", o => o.StallTimeout, Timeout.InfiniteTimeSpan),
        [nameof(FlightConfig.TicketLifetime)] = ("ticket_lifetime: 90s", o => o.TicketLifetime, TimeSpan.FromSeconds(90)),
        [nameof(FlightConfig.TicketKeys)] = (
            "ticket_keys: [ { id: new, secret: 0123456789abcdef0123456789abcdef }, { id: old, secret: fedcba9876543210fedcba9876543210 } ]",
            o => string.Join(' ', o.TicketKeys.Select(k => $"{k.Id}={Encoding.UTF8.GetString(k.Secret.Span)}")),
            "new=0123456789abcdef0123456789abcdef old=fedcba9876543210fedcba9876543210"),
        [nameof(FlightConfig.Tenants)] = (
            $"{Auth}\n  tenants: {{ lab: {{ memory_mb: 5, max_streams: 6 }}, shop: {{ }} }}",
            o => (string.Join(' ', o.TenantQuotaBytes.Select(t => $"{t.Key}={t.Value}")), string.Join(' ', o.TenantStreams.Select(t => $"{t.Key}={t.Value}"))),
            ($"lab={5 << 20}", "lab=6")),
    };

    private readonly string folder = Directory.CreateTempSubdirectory("features-settings-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. Keys.Keys];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Key_OfTheFile_IsAnOptionOfTheService(string key)
    {
        var (yaml, option, expected) = Keys[key];
        Assert.Equal(expected, option(await OptionsAsync(yaml)));
        Assert.NotEqual(expected, option(await OptionsAsync("cache_mb: 1024")));
    }

    [Fact]
    public async Task File_WithoutKeys_GivesTheServicesOwnDefaults()
    {
        var (given, own) = (await OptionsAsync("cache_mb: 1024"), new FlightOptions());
        Assert.Equal(
            (own.MemoryBudgetBytes, own.SpillFolder, own.SpillBudgetBytes, own.LoadParallelism, own.MaxMessageBytes, own.TicketLifetime),
            (given.MemoryBudgetBytes, given.SpillFolder, given.SpillBudgetBytes, given.LoadParallelism, given.MaxMessageBytes, given.TicketLifetime));
        Assert.Equal((own.MaxStreams, own.MaxStreamsPerSubject, own.MaxStreamsPerConnection, own.StallTimeout, own.Put), (given.MaxStreams, given.MaxStreamsPerSubject, given.MaxStreamsPerConnection, given.StallTimeout, given.Put));
        Assert.Equal(Path.GetFileName(folder), given.Audience);
    }

    [Fact]
    public void Keys_AreAllThereAre()
    {
        // These say where the service listens and who may call it, and are tested with the host: FlightAuthenticationTests, FlightOpennessTests, and below.
        string[] elsewhere = [nameof(FlightConfig.Listen), nameof(FlightConfig.Socket), nameof(FlightConfig.Insecure), nameof(FlightConfig.Tls), nameof(FlightConfig.Auth), nameof(FlightConfig.Grants)];
        Assert.Equal(typeof(FlightConfig).GetProperties().Select(p => p.Name).Order(), Keys.Keys.Concat(elsewhere).Order());
    }

    [Fact]
    public async Task Host_OfAWorkspaceWithKeys_ServesByThem()
    {
        await using var served = await ServedWorkspace.OpenAsync();
        await served.MakeTableAsync("t");
        await served.AppendAsync("t", 0, 10);
        var config = served.Workspace.Config.Flight;
        (config.Locations, config.Socket) = (["grpc+tcp://replica:7071"], "s");
        var options = FeaturesHostOptions.AnyPort with { Logs = false, FlightSocket = config.Socket };
        await using var host = await FeaturesHost.StartAsync(served.Workspace, options, Token);
        Assert.True(File.Exists(host.FlightSocket));
        using var channel = GrpcChannel.ForAddress($"http://{host.FlightAddress.Authority}");
        var info = await new FlightClient(channel).GetInfo(FlightDescriptor.CreateCommandDescriptor("""{"table":"lab.t"}"""));
        Assert.Equal("grpc+tcp://replica:7071", Assert.Single(Assert.Single(info.Endpoints).Locations).Uri);
    }

    private async Task<FlightOptions> OptionsAsync(string keys)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), $"flight:\n  {keys}\n", Token);
        await using var workspace = await Workspace.OpenAsync(folder, Token);
        var options = FlightSettings.Of(workspace);
        options.Validate();
        return options;
    }
}
