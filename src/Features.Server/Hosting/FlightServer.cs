using System.Net;
using Features.Core.TrainingSets;
using Features.Flight;
using Features.Flight.Cache;
using Features.Flight.Serving;
using Features.Flight.Serving.Put;
using Features.Server.Access;
using Features.Server.Online;
using Features.Server.Serving;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
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

    private FlightServer(WebApplication application, Uri address, string? socket) => (this.application, Address, Socket) = (application, address, socket);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its Unix domain socket; null if it has none.</summary>
    public string? Socket { get; }

    /// <summary>What it holds in memory.</summary>
    public DatasetCache Cache => application.Services.GetRequiredService<DatasetCache>();

    /// <summary>Starts it. The workspace stays the caller's, and must outlive the server.</summary>
    /// <exception cref="WorkspaceException">An address or the socket cannot be listened on.</exception>
    public static async Task<FlightServer> StartAsync(Workspace workspace, FeaturesHostOptions options, CancellationToken cancellationToken)
    {
        var flight = workspace.Config.Flight;
        if (flight is { Auth: null, Insecure: false } && !IPAddress.IsLoopback(options.Flight.Address))
        {
            throw new WorkspaceException("flight-open", $"the Flight service would answer anybody who reaches {options.Flight}; set flight.auth in features.yaml (or flight.insecure, if that is meant), or listen on this machine alone (grpc://127.0.0.1:{options.Flight.Port})");
        }

        var certificate = flight.Tls is { } tls ? new ServerCertificate(tls, workspace.Root) : null;
        ListenOptions? listening = null;
        var socket = options.FlightSocket is { } relative ? Path.GetFullPath(relative, workspace.Root) : null;
        var builder = WebApplication.CreateSlimBuilder();
        HostLogs.Configure(builder, options.Logs);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        AddServices(builder.Services, workspace);
        builder.WebHost.UseFlightKestrel().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Flight, endpoint =>
            {
                listening = endpoint.UseFlight();
                if (certificate is not null)
                {
                    endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Options()) });
                }
            });
            if (socket is not null)
            {
                kestrel.ListenFlightSocket(socket);
            }
        });
        var application = builder.Build();
        try
        {
            application.Use(application.Services.GetRequiredService<FlightDoor>().HandleAsync);
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

        var address = new Uri($"{(certificate is null ? "grpc" : "grpc+tls")}://{listening!.IPEndPoint}");
        if (certificate is null && !IPAddress.IsLoopback(options.Flight.Address))
        {
            Log.FlightInClearText(application.Logger, address.Authority);
        }

        return new FlightServer(application, address, socket);
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
        services.AddHostedService<VersionWatch>();
        services.AddSingleton<IFlightSink>(new PutSink(workspace));
        services.AddSingleton(workspace);
        services.AddSingleton<FlightDoor>();
        services.AddFeaturesFlight(FlightSettings.Of(workspace));
    }
}
