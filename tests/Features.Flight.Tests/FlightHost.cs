using System.Net;
using System.Security.Claims;
using Features.Flight.Cache;
using Features.Flight.Client;
using Features.Flight.Serving;
using Features.Flight.Serving.Put;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Tests;

/// <summary>The service on a real Kestrel, HTTP/2 in clear text, on a loopback port.</summary>
internal sealed class FlightHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private FlightHost(WebApplication app, DatasetCache cache, CountingAllocator allocator) => (this.app, Cache, Allocator) = (app, cache, allocator);

    public DatasetCache Cache { get; }

    public CountingAllocator Allocator { get; }

    public Uri Address => new(app.Urls.First());

    public IServiceProvider Services => app.Services;

    public static async Task<FlightHost> StartAsync(MemorySource source, OpenAccess? access = null, FlightOptions? options = null, TimeProvider? clock = null, IFlightSink? sink = null, string? socket = null)
    {
        options ??= new FlightOptions();
        var allocator = new CountingAllocator();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseFlightKestrel().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseFlight());
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
            if (context.Request.Headers["x-subject"].ToString() is { Length: > 0 } subject)
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
}
