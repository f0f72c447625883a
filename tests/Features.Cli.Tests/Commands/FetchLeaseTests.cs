using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Features.Cli.Tests.Commands;

/// <summary>What a fetch leaves behind at a server whose memory takes one data set at a time.</summary>
public sealed class FetchLeaseTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-lease-").FullName;
    private ServingProcess server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (await FeaturesProcess.RunAsync(folder, "init", ".")).Succeeded();
        await File.AppendAllTextAsync(Path.Combine(folder, "features.yaml"), "\nflight: { cache_mb: 1 }\n", Token);
        (await FeaturesProcess.RunAsync(folder, "apply")).Succeeded();
        await FlightsSample.WriteAsync(Path.Combine(folder, "flights.parquet"), days: 3, stride: 3);
        (await FeaturesProcess.RunAsync(folder, "ingest", "departures", "flights.parquet")).Succeeded();
        server = await ServingProcess.StartAsync(folder);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Fetches_OfSetsThatDoNotFitTogether_AreServedOneAfterTheOther()
    {
        string[][] ways =
        [
            ["--digest"], ["--bench", "--warm"], ["--limit", "1", "--format", "json"], ["--digest", "--world", "3", "--rank", "all", "--epochs", "2", "--shuffle", "global"],
        ];
        foreach (var (way, i) in ways.Select((way, i) => (way, i)))
        {
            (await FetchAsync(["--where", $"delay > -{1000 + i}", .. way])).Succeeded();
            var held = (await RunAsync("cache", "list", "--json")).Objects().Single(one => (bool)one["ready"]!);
            Assert.InRange((long)held["bytes"]!, (512 << 10) + 1, 1 << 20);
            Assert.Equal(0, (int)held["leases"]!);
        }

        // After a fault too: the file is there already.
        await File.WriteAllTextAsync(Path.Combine(folder, "rows.csv"), "", Token);
        (await FetchAsync("--format", "csv", "--out", "rows.csv", "--warm")).Failed();
        Assert.All((await RunAsync("cache", "list", "--json")).Objects().Where(one => (bool)one["ready"]!), one => Assert.Equal(0, (int)one["leases"]!));

        // What is held on purpose is in the way, and the refusal says how to let it go.
        (await RunAsync("cache", "warm", "--table", "flights.departures")).Succeeded();
        var refusal = (await FetchAsync("--where", "delay > -2000", "--digest")).Failed();
        Assert.All(["leased until", "flight.cache_mb", "flight.spill", "features cache list"], part => Assert.Contains(part, refusal, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bench_OfNoRows_TellsNoPace()
    {
        Assert.Contains("0 rows 0 bytes", Assert.Single((await FetchAsync("--where", "delay > 100000", "--bench")).Lines()), StringComparison.Ordinal);
        Assert.Null((await FetchAsync("--where", "delay > 100000", "--bench", "--format", "json")).Object()["wait_share"]);
    }

    [Fact]
    public async Task CtrlC_SaysWhatIsTrueOfAFetch()
    {
        // Nobody ever answers there.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = $"grpc://{silent.LocalEndpoint}";
        Assert.Equal("error cancelled: the fetch was cancelled; it keeps nothing, and running it again reads from where it began", await InterruptedAsync(silent, "fetch", "x", "--flight", address));
        Assert.EndsWith("begins where 'at.json' said before", await InterruptedAsync(silent, "fetch", "x", "--flight", address, "--state", "at.json"), StringComparison.Ordinal);
    }

    private async Task<string> InterruptedAsync(TcpListener silent, params string[] arguments)
    {
        using var fetch = Process.Start(FeaturesProcess.Describe(folder, arguments))!;
        var errors = fetch.StandardError.ReadToEndAsync(Token);
        using var connection = await silent.AcceptTcpClientAsync(Token);
        using var kill = Process.Start("kill", ["-INT", $"{fetch.Id}"]);
        await fetch.WaitForExitAsync(Token);
        return (await errors).Trim();
    }

    private Task<FeaturesResult> FetchAsync(params IEnumerable<string> arguments) => RunAsync(["fetch", "--table", "flights.departures", .. arguments]);

    private Task<FeaturesResult> RunAsync(params IEnumerable<string> arguments) => FeaturesProcess.RunAsync(folder, [.. arguments, "--flight", server.Flight]);
}
