using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Server.Hosting;
using Features.Server.Tests.Serving;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Features.Server.Tests.Telemetry;

/// <summary>What a running host tells of itself, as a collector and Prometheus meet it.</summary>
public sealed class TelemetryExportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_AfterAFetch_HasTheRowsOfItsRank()
    {
        await using var served = await ServedWorkspace.OpenAsync();
        await served.MakeTableAsync("scraped");
        await served.AppendAsync("scraped", 0, 123);
        var options = FeaturesHostOptions.AnyPort with { Logs = false, Metrics = new IPEndPoint(IPAddress.Loopback, 0) };
        await using var host = await FeaturesHost.StartAsync(served.Workspace, options, Token);

        await FetchAsync(host, "lab.scraped");
        await Assert.ThrowsAsync<FlightCallException>(() => FetchAsync(host, "lab.not_there"));

        Assert.NotEqual(host.FlightAddress.Port, host.MetricsAddress!.Port);
        using var http = new HttpClient();
        var page = (await http.GetStringAsync(host.MetricsAddress, Token)).Split('\n');
        var rows = Assert.Single(page, line => line.StartsWith("features_flight_stream_rows", StringComparison.Ordinal) && line.Contains("dataset=\"lab.scraped\"", StringComparison.Ordinal));
        Assert.Contains("rank=\"0\"", rows, StringComparison.Ordinal);
        Assert.Equal(123, double.Parse(rows[(rows.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));
        Assert.Contains(page, line => line.StartsWith("features_flight_refusals", StringComparison.Ordinal) && line.Contains("GetFlightInfo", StringComparison.Ordinal) && line.Contains("NotFound", StringComparison.Ordinal));
        Assert.Contains(page, line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_OnATakenPort_NamesTheRemedy()
    {
        await using var served = await ServedWorkspace.OpenAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var options = FeaturesHostOptions.AnyPort with { Logs = false, Metrics = (IPEndPoint)taken.LocalEndpoint };
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => FeaturesHost.StartAsync(served.Workspace, options, Token));
        Assert.Contains("telemetry.prometheus of features.yaml", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collector_AfterAFetch_HasItsMetricsAndTraces()
    {
        await using var collector = await Collector.StartAsync();
        await using var served = await ServedWorkspace.OpenAsync();
        await served.MakeTableAsync("collected");
        await served.AppendAsync("collected", 0, 50);
        served.Workspace.Config.Telemetry = new TelemetryConfig
        {
            Otlp = new OtlpConfig { Endpoint = collector.Address, Protocol = "http", Interval = "1d", Headers = new() { ["x-api-key"] = "it = 100% me" } },
        };

        // What was not sent at an interval's end is sent when the host stops.
        await using (var host = await FeaturesHost.StartAsync(served.Workspace, FeaturesHostOptions.AnyPort with { Logs = false }, Token))
        {
            Assert.Null(host.MetricsAddress);
            await FetchAsync(host, "lab.collected");
        }

        string[] expected = ["features.flight.stream.rows", "features.flight.load.duration", "http.server.request.duration", "lab.collected", "service.name", served.Workspace.Name];
        Assert.All(expected, text => Assert.True(collector.Has("/v1/metrics", text), $"no metrics with '{text}'"));
        expected = ["DoGet", "features.order.digest", "lab.collected", "service.name", served.Workspace.Name];
        Assert.All(expected, text => Assert.True(collector.Has("/v1/traces", text), $"no traces with '{text}'"));
        Assert.Equal("it = 100% me", Assert.Single(collector.Keys.Distinct()));
    }

    private static async Task FetchAsync(FeaturesHost host, string table)
    {
        using var client = new DatasetClient(host.FlightAddress);
        await foreach (var batch in await client.OpenAsync(new DatasetRequest(table) { Table = new TableSelection() }, Token))
        {
            batch.Dispose();
        }
    }

    /// <summary>Takes what is sent by OTLP over HTTP. Texts stand in protobuf as they are, so that they are found without its messages.</summary>
    private sealed class Collector(WebApplication application) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, byte[] Body)> received = new();

        public ConcurrentQueue<string> Keys { get; } = new();

        public string Address => application.Urls.Single();

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var application = builder.Build();
            var collector = new Collector(application);
            application.Run(collector.TakeAsync);
            await application.StartAsync(Token);
            return collector;
        }

        public bool Has(string path, string text) => received.Any(r => r.Path == path && r.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

        public ValueTask DisposeAsync() => application.DisposeAsync();

        private async Task TakeAsync(HttpContext context)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            received.Enqueue((context.Request.Path, body.ToArray()));
            Keys.Enqueue(context.Request.Headers["x-api-key"].ToString());
        }
    }
}
