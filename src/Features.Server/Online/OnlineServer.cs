using System.Net;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Features.Server.Online;

/// <summary>
/// The online service of a workspace: features by HTTP, in the shapes of Feast's clients. It is a web application of its own, so that its door leads to nothing else of the host, and that no middleware stands before a
/// request. Disposing finishes the requests in hand.
/// </summary>
public sealed class OnlineServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private OnlineServer(WebApplication application, IPEndPoint address)
    {
        this.application = application;
        Address = new Uri($"http://{address}");
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts it. The workspace stays the caller's, and must outlive the server.</summary>
    /// <param name="workspace">Whose features.</param>
    /// <param name="endPoint">Where to listen; port 0 takes any free one.</param>
    /// <param name="logs">Whether warnings and failed requests are written to standard error.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="WorkspaceException">The address cannot be listened on, or others could reach it and no API keys are configured.</exception>
    public static async Task<OnlineServer> StartAsync(Workspace workspace, IPEndPoint endPoint, bool logs, CancellationToken cancellationToken)
    {
        if (!workspace.Online.Keys.AreRequired && !IPAddress.IsLoopback(endPoint.Address))
        {
            throw new WorkspaceException("online-open", $"the online service would answer anybody who reaches {endPoint}; set online.api_keys in features.yaml, or listen on this machine alone (http://127.0.0.1:{endPoint.Port})");
        }

        ListenOptions? listening = null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(logs ? LogLevel.Warning : LogLevel.None);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        // That it cannot start is thrown below, in a sentence; and when to stop is the host's to say.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", logs ? LogLevel.Critical : LogLevel.None);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.AddSingleton(workspace);
        builder.Services.AddSingleton<OnlineDoor>();
        if (workspace.Config.Online.Interval is { } interval)
        {
            builder.Services.AddHostedService(services => new MaterializeLoop(workspace, interval, services.GetRequiredService<ILogger<MaterializeLoop>>()));
        }

        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The door refuses what is too large with a sentence.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(endPoint, listen => (listening = listen).Protocols = HttpProtocols.Http1);
        });
        var application = builder.Build();
        application.Run(application.Services.GetRequiredService<OnlineDoor>().HandleAsync);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            await application.DisposeAsync();
            throw new WorkspaceException("listen", $"{exception.Message}; another process listens there: choose another address (--online, or online.listen of features.yaml)", exception);
        }

        return new OnlineServer(application, listening!.IPEndPoint!);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }
}
