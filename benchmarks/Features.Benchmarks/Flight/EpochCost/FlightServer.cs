using System.Net;
using Features.DuckDb;
using Features.Flight;
using Features.Flight.Cache;
using Features.Flight.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>The cache in a process of its own; its first line says where.</summary>
internal static class FlightServer
{
    public static async Task RunAsync(EpochCostOptions options)
    {
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseFlightKestrel().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseFlight()));
        builder.Services.AddSingleton<IDatasetSource>(new FileSource(options, engine));
        builder.Services.AddSingleton<IFlightAccess, OpenToAll>();
        builder.Services.AddFeaturesFlight(new FlightOptions { MemoryBudgetBytes = 16L << 30 });
        await using var app = builder.Build();
        app.MapFeaturesFlight();
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await app.WaitForShutdownAsync();
    }
}
