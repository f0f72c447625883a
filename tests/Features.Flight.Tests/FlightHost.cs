using System.Net;
using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using Features.Flight.Cache;
using Features.Flight.Client;
using Features.Flight.Serving;
using Features.Flight.Serving.Put;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Tests;

/// <summary>The service on a real Kestrel, HTTP/2 in clear text, on a loopback port.</summary>
internal sealed class FlightHost : IAsyncDisposable
{
    private const string Bearer = "Bearer ";
    private readonly WebApplication app;

    private FlightHost(WebApplication app, DatasetCache cache, CountingAllocator allocator) => (this.app, Cache, Allocator) = (app, cache, allocator);

    public DatasetCache Cache { get; }

    public CountingAllocator Allocator { get; }

    public Uri Address => new(app.Urls.First());

    public IServiceProvider Services => app.Services;

    /// <param name="listen">Where to listen; null for a loopback port, in clear text or with the certificate.</param>
    public static async Task<FlightHost> StartAsync(
        MemorySource source,
        OpenAccess? access = null,
        FlightOptions? options = null,
        TimeProvider? clock = null,
        IFlightSink? sink = null,
        string? socket = null,
        X509Certificate2? certificate = null,
        Action<KestrelServerOptions>? listen = null,
        ILoggerProvider? log = null)
    {
        options ??= new FlightOptions();
        var allocator = new CountingAllocator();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        builder.WebHost.UseFlightKestrel().ConfigureKestrel(kestrel =>
        {
            (listen ?? (server => server.Listen(IPAddress.Loopback, 0, endpoint => Serve(endpoint, certificate))))(kestrel);
            if (socket is not null)
            {
                kestrel.ListenFlightSocket(socket);
            }
        });
        var cache = new DatasetCache(source, options, clock, allocator);
        builder.Services.AddSingleton<IDatasetSource>(source).AddSingleton<IFlightAccess>(access ?? new OpenAccess()).AddSingleton(cache);
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }

        if (sink is not null)
        {
            builder.Services.AddSingleton(sink);
        }

        builder.Services.AddFeaturesFlight(options);
        var app = builder.Build();

        // Stands for authentication: the caller says who it is.
        app.Use((context, next) =>
        {
            var subject = context.Request.Headers["x-subject"].ToString();
            subject = context.Request.Headers.Authorization.ToString() is var bearer && bearer.StartsWith(Bearer, StringComparison.Ordinal) ? bearer[Bearer.Length..] : subject;
            if (subject.Length > 0)
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, subject)], "test"));
            }

            return next(context);
        });
        app.MapFeaturesFlight();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new FlightHost(app, cache, allocator);
    }

    public DatasetClient Connect(DatasetClientOptions? options = null) => new(Address, options);

    /// <summary>Begins to stop the service; ends when its calls have.</summary>
    public Task StopAsync() => app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Cache.Dispose();
    }

    private static void Serve(ListenOptions endpoint, X509Certificate2? certificate)
    {
        endpoint.UseFlight();
        if (certificate is not null)
        {
            endpoint.UseHttps(certificate);
        }
    }
}
