using System.Net;
using Features.Core.TrainingSets;
using Features.Flight;
using Features.Flight.Cache;
using Features.Flight.Serving;
using Features.Flight.Serving.Put;
using Features.Server.Online;
using Features.Server.Serving;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Features.Server.Hosting;

/// <summary>
/// A workspace's data sets over Arrow Flight. An application of its own: Kestrel is tuned for few, long, broad streams, which would cost the other
/// services memory and their protection from slow readers.
/// </summary>
internal sealed class FlightServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private FlightServer(WebApplication application, IPEndPoint address, string? socket)
    {
        this.application = application;
        Address = new Uri($"grpc://{address}");
        Socket = socket;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its Unix domain socket; null if it has none.</summary>
    public string? Socket { get; }

    /// <summary>Starts it. The workspace stays the caller's, and must outlive the server.</summary>
    /// <exception cref="WorkspaceException">An address or the socket cannot be listened on.</exception>
    public static async Task<FlightServer> StartAsync(Workspace workspace, FeaturesHostOptions options, CancellationToken cancellationToken)
    {
        ListenOptions? listening = null;
        var socket = options.FlightSocket is { } relative ? Path.GetFullPath(relative, workspace.Root) : null;
        var builder = WebApplication.CreateSlimBuilder();
        HostLogs.Configure(builder, options.Logs);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        AddServices(builder.Services, workspace);
        builder.WebHost.UseFlightKestrel().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Flight, endpoint => listening = endpoint.UseFlight());
            if (socket is not null)
            {
                kestrel.ListenFlightSocket(socket);
            }
        });
        var application = builder.Build();
        try
        {
            application.MapFeaturesFlight();
            await application.StartAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            await application.DisposeAsync();
            throw exception is IOException or ArgumentException
                ? new WorkspaceException("listen", $"{exception.Message}; choose other addresses (--events, --flight, or features.yaml) if another process listens there", exception)
                : exception;
        }

        return new FlightServer(application, listening!.IPEndPoint!, socket);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }

    private static void AddServices(IServiceCollection services, Workspace workspace)
    {
        services.AddSingleton(workspace.Clock);
        services.AddSingleton(workspace.Reads);
        services.AddSingleton<ITrainingSets>(workspace.TrainingSets);
        services.AddSingleton(workspace.Engine);
        services.AddSingleton<TrainingSetParts>();
        services.AddSingleton<TrainingSetSource>();
        services.AddSingleton<TableSource>();
        services.AddSingleton<IDatasetSource, WorkspaceDatasets>();
        services.AddSingleton<IFlightAccess, PolicyAccess>();
        services.AddSingleton<IFlightSink>(new PutSink(workspace));
        services.AddFeaturesFlight(new FlightOptions
        {
            MemoryBudgetBytes = (long)workspace.Config.Flight.CacheMb << 20,
            MaxMessageBytes = workspace.Config.Flight.MaxMessageKb << 10,
        });
    }
}
