using System.Net;
using Features.Server.Hosting;
using Features.Server.Online;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Features.Server.Telemetry;

/// <summary>Metrics and traces of this process on their way out: to a collector, and on a page of its own for Prometheus. Begun before the services and ended after them, it misses nothing.</summary>
internal sealed class TelemetryExport : IAsyncDisposable
{
    private const string Path = "/metrics";
    private const int FlushMilliseconds = 10_000;

    private readonly MeterProvider? meters;
    private readonly TracerProvider? traces;
    private WebApplication? page;

    private TelemetryExport(MeterProvider? meters, TracerProvider? traces) => (this.meters, this.traces) = (meters, traces);

    /// <summary>The page for Prometheus; null if there is none.</summary>
    public Uri? Page { get; private set; }

    /// <summary>Begins what the workspace wants, which may be nothing.</summary>
    /// <param name="workspace">Whose <c>telemetry.otlp</c> is followed, and whose name the signals carry.</param>
    /// <param name="pageAt">Where the page is served; port 0 takes any free one; null for nowhere.</param>
    /// <param name="logs">Whether warnings are written to standard error.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="WorkspaceException">The page's address cannot be listened on.</exception>
    public static async Task<TelemetryExport> StartAsync(Workspace workspace, IPEndPoint? pageAt, bool logs, CancellationToken cancellationToken)
    {
        var otlp = workspace.Config.Telemetry.Otlp;
        var export = new TelemetryExport(
            otlp is null && pageAt is null ? null : Signals.Metrics(workspace.Name, otlp, pageAt is not null),
            otlp is null ? null : Signals.Traces(workspace.Name, otlp));
        try
        {
            if (pageAt is not null)
            {
                await export.ServeAsync(pageAt, logs, cancellationToken);
            }

            return export;
        }
        catch
        {
            await export.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends what was not sent yet. A collector that does not answer is waited for 10 seconds, and no more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (page is not null)
        {
            await page.StopAsync();
            await page.DisposeAsync();
        }

        await Task.Run(() => Parallel.Invoke(
            () => meters?.ForceFlush(FlushMilliseconds),
            () => traces?.ForceFlush(FlushMilliseconds)));
        meters?.Dispose();
        traces?.Dispose();
    }

    private async Task ServeAsync(IPEndPoint address, bool logs, CancellationToken cancellationToken)
    {
        ListenOptions? listening = null;
        var builder = WebApplication.CreateSlimBuilder();
        HostLogs.Configure(builder, logs);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, listen => (listening = listen).Protocols = HttpProtocols.Http1);
        });
        page = builder.Build();
        page.UseOpenTelemetryPrometheusScrapingEndpoint(meters, predicate: null, Path, configureBranchedPipeline: null, optionsName: null);
        try
        {
            await page.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new WorkspaceException("listen", $"{exception.Message}; another process listens there: choose another address (telemetry.prometheus of features.yaml)", exception);
        }

        Page = new Uri($"http://{listening!.IPEndPoint}{Path}");
    }
}
