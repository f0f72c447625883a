using System.Net;
using Features.Functions;
using Features.Functions.Hosting;
using Features.Server.Online;
using Features.Server.Telemetry;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Features.Server.Hosting;

/// <summary>The services of a workspace in one process: the functions host (events in, batches ingested), the Flight service (training sets out) and the online service (features out). Disposing drains it: the batch in hand is finished.</summary>
public sealed class FeaturesHost : IAsyncDisposable
{
    private readonly TelemetryExport telemetry;
    private readonly WebApplication functions;
    private readonly FlightServer flight;
    private readonly OnlineServer? online;

    private FeaturesHost(TelemetryExport telemetry, WebApplication functions, IPEndPoint events, FlightServer flight, OnlineServer? online)
    {
        (this.telemetry, this.functions, this.flight, this.online) = (telemetry, functions, flight, online);
        EventsAddress = new Uri($"http://{events}");
    }

    /// <summary>Where events are received.</summary>
    public Uri EventsAddress { get; }

    /// <summary>Where training jobs connect.</summary>
    public Uri FlightAddress => flight.Address;

    /// <summary>The Unix domain socket at which jobs of this machine connect too; null if there is none.</summary>
    public string? FlightSocket => flight.Socket;

    /// <summary>Where features are asked for; null if they are not served.</summary>
    public Uri? OnlineAddress => online?.Address;

    /// <summary>The page in Prometheus' format; null if there is none.</summary>
    public Uri? MetricsAddress => telemetry.Page;

    /// <summary>Starts the services. The workspace stays the caller's, and must outlive the host.</summary>
    /// <exception cref="WorkspaceException">An address cannot be listened on.</exception>
    public static async Task<FeaturesHost> StartAsync(Workspace workspace, FeaturesHostOptions options, CancellationToken cancellationToken)
    {
        var telemetry = await TelemetryExport.StartAsync(workspace, options.Metrics, options.Logs, cancellationToken);
        try
        {
            return await StartAsync(workspace, options, telemetry, cancellationToken);
        }
        catch
        {
            await telemetry.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when the process is asked to stop (Ctrl+C, SIGTERM) or the token is cancelled.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => functions.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (online is not null)
        {
            await online.DisposeAsync();
        }

        await flight.DisposeAsync();
        await functions.StopAsync();
        await functions.DisposeAsync();
        await telemetry.DisposeAsync();
    }

    private static async Task<FeaturesHost> StartAsync(Workspace workspace, FeaturesHostOptions options, TelemetryExport telemetry, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        HostLogs.Configure(builder, options.Logs);
        ListenOptions? events = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.Events, listen => (events = listen).Protocols = HttpProtocols.Http1));
        AddServices(builder.Services, workspace);
        var functions = builder.Build();
        functions.MapFeaturesFunctions();
        try
        {
            await functions.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            await functions.DisposeAsync();
            throw new WorkspaceException("listen", $"{exception.Message}; another process listens there: choose other addresses (--events, --flight, or features.yaml)", exception);
        }

        FlightServer? flight = null;
        try
        {
            flight = await FlightServer.StartAsync(workspace, options, cancellationToken);
            var online = options.Online is { } address ? await OnlineServer.StartAsync(workspace, address, options.Logs, cancellationToken) : null;
            return new FeaturesHost(telemetry, functions, events!.IPEndPoint!, flight, online);
        }
        catch
        {
            if (flight is not null)
            {
                await flight.DisposeAsync();
            }

            await functions.StopAsync(CancellationToken.None);
            await functions.DisposeAsync();
            throw;
        }
    }

    private static void AddServices(IServiceCollection services, Workspace workspace)
    {
        services.AddSingleton(workspace.Clock);
        services.AddSingleton(workspace.IngestPorts);
        services.AddSingleton(workspace.IngestOptions);
        if (workspace.Observer is { } observer)
        {
            services.AddSingleton(observer);
        }

        services.AddFeaturesFunctions(new FeaturesFunctionsOptions { Workspace = workspace.Root });
    }
}
