using System.Diagnostics;
using System.Globalization;
using System.Net;
using Apache.Arrow.Flight.Server;
using Features.Flight;
using Features.Flight.Cache;
using Features.Flight.Serving;
using Features.Flight.Serving.DataPlane;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Features.Benchmarks.Flight;

/// <summary>
/// A Flight server in a process of its own: says <c>ready ADDRESS SOCKET</c>, and for each line on its standard input what it has spent; ends with its input.
/// </summary>
internal static class ServeCommand
{
    public const string Name = "flight-serve";

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var options = ServeOptions.Parse(args);
        var socket = Path.Combine(Path.GetTempPath(), $"features-bench-{Environment.ProcessId}.sock");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (options.IsStock || options.IsUntuned)
        {
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
                kestrel.ListenUnixSocket(socket, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            });
        }
        else
        {
            builder.WebHost.UseFlightKestrel().ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseFlight());
                kestrel.ListenFlightSocket(socket);
            });
        }

        await using var app = options.IsStock ? Stock(builder, options) : Product(builder, options);
        await app.StartAsync();
        Console.WriteLine($"ready {app.Urls.First(url => !url.Contains("unix", StringComparison.Ordinal))} {socket}");
        while (await Console.In.ReadLineAsync() is not null)
        {
            Console.WriteLine(Spent(app));
        }

        await app.StopAsync();
        File.Delete(socket);
        return 0;
    }

    private static WebApplication Product(WebApplicationBuilder builder, ServeOptions options)
    {
        builder.Services.AddSingleton<IDatasetSource>(new ServeData(options.Rows, options.Width));
        builder.Services.AddSingleton<IFlightAccess, OpenToAll>();
        builder.Services.AddFeaturesFlight(new FlightOptions { MemoryBudgetBytes = 16L << 30, MaxMessageBytes = 4 << 20 });
        var app = builder.Build();
        app.MapFeaturesFlight();
        return app;
    }

    private static WebApplication Stock(WebApplicationBuilder builder, ServeOptions options)
    {
        builder.Services.AddGrpc(grpc => grpc.MaxSendMessageSize = null).AddFlightServer<StockServer>();

        // One for all calls: its batches lie ready.
        builder.Services.AddSingleton<FlightServer>(new StockServer(options));
        var app = builder.Build();
        app.MapFlightEndpoint();
        return app;
    }

    private static string Spent(WebApplication app)
    {
        using var self = Process.GetCurrentProcess();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{self.TotalProcessorTime.TotalSeconds} {GC.GetTotalAllocatedBytes(precise: true)} {self.WorkingSet64} {app.Services.GetService<BlockPool>()?.RentedBytes ?? 0}");
    }
}
