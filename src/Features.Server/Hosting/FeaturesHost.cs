using System.Net;
using Features.Core.TrainingSets;
using Features.Flight;
using Features.Flight.Cache;
using Features.Flight.Serving;
using Features.Functions;
using Features.Functions.Hosting;
using Features.Server.Online;
using Features.Server.Serving;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Features.Server.Hosting;

/// <summary>The services of a workspace in one process: the functions host (events in, batches ingested), the Flight service (training sets out) and the online service (features out). Disposing drains it: the batch in hand is finished.</summary>
public sealed class FeaturesHost : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly OnlineServer? online;

    private FeaturesHost(WebApplication application, IPEndPoint events, IPEndPoint flight, OnlineServer? online)
    {
        this.application = application;
        this.online = online;
        EventsAddress = new Uri($"http://{events}");
        FlightAddress = new Uri($"grpc://{flight}");
    }

    /// <summary>Where events are received.</summary>
    public Uri EventsAddress { get; }

    /// <summary>Where training jobs connect.</summary>
    public Uri FlightAddress { get; }

    /// <summary>Where features are asked for; null if they are not served.</summary>
    public Uri? OnlineAddress => online?.Address;

    /// <summary>Starts the services. The workspace stays the caller's, and must outlive the host.</summary>
    /// <exception cref="WorkspaceException">An address cannot be listened on.</exception>
    public static async Task<FeaturesHost> StartAsync(Workspace workspace, FeaturesHostOptions options, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(options.Logs ? LogLevel.Warning : LogLevel.None);
        // That it cannot start is thrown below, in a sentence.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", options.Logs ? LogLevel.Critical : LogLevel.None);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        ListenOptions? events = null, flight = null;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Events, listen => (events = listen).Protocols = HttpProtocols.Http1);
            kestrel.Listen(options.Flight, listen => (flight = listen).Protocols = HttpProtocols.Http2);
        });
        AddServices(builder.Services, workspace);
        var application = builder.Build();
        application.MapFeaturesFunctions();
        application.MapFeaturesFlight();
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            await application.DisposeAsync();
            throw new WorkspaceException("listen", $"{exception.Message}; another process listens there: choose other addresses (--events, --flight, or features.yaml)", exception);
        }

        try
        {
            var online = options.Online is { } address ? await OnlineServer.StartAsync(workspace, address, options.Logs, cancellationToken) : null;
            return new FeaturesHost(application, events!.IPEndPoint!, flight!.IPEndPoint!, online);
        }
        catch
        {
            await application.StopAsync(CancellationToken.None);
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when the process is asked to stop (Ctrl+C, SIGTERM) or the token is cancelled.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => application.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (online is not null)
        {
            await online.DisposeAsync();
        }

        await application.StopAsync();
        await application.DisposeAsync();
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

        services.AddSingleton(workspace.Reads);
        services.AddSingleton<ITrainingSets>(workspace.TrainingSets);
        services.AddSingleton(workspace.Engine);
        services.AddSingleton<TrainingSetParts>();
        services.AddSingleton<TrainingSetSource>();
        services.AddSingleton<TableSource>();
        services.AddSingleton<IDatasetSource, WorkspaceDatasets>();
        services.AddSingleton<IFlightAccess, PolicyAccess>();
        services.AddFeaturesFlight(new FlightOptions { MemoryBudgetBytes = (long)workspace.Config.Flight.CacheMb << 20 });
        services.AddFeaturesFunctions(new FeaturesFunctionsOptions { Workspace = workspace.Root });
    }
}
