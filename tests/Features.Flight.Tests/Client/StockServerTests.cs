using System.Net;
using Apache.Arrow;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Server;
using Features.Flight.Client;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Tests.Client;

/// <summary>A DoGet of the server that comes with Apache Arrow, received by this client's own HTTP/2.</summary>
public class StockServerTests
{
    private const int Rows = 3000;
    private const int Batch = 700;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_OfEveryType_EqualsTheSource()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc().AddFlightServer<Server>();
        await using var app = builder.Build();
        app.MapFlightEndpoint();
        await app.StartAsync(Token);
        var allocator = new CountingAllocator();
        using var client = new DatasetClient(new Uri(app.Urls.Single()), new DatasetClientOptions { Allocator = allocator });

        var rows = new List<string>();
        await using (var stream = await client.StreamAsync(client.Address, "all"u8.ToArray(), Token))
        {
            while (await stream.NextAsync() is { } received)
            {
                using var batch = new DatasetBatch(stream, received, first: 0, received.Rows, position: rows.Count, step: 0);
                rows.AddRange(Cells.RowsOf(batch.Rows));
            }
        }

        using var expected = Tables.Rows(0, Rows);
        Assert.Equal(Cells.RowsOf(expected), rows);
        Assert.Equal(0, allocator.Bytes);
        var error = await Assert.ThrowsAsync<RpcException>(() => client.StreamAsync(client.Address, "none"u8.ToArray(), Token));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    private sealed class Server : FlightServer
    {
        public override async Task DoGet(FlightTicket ticket, FlightServerRecordBatchStreamWriter responseStream, ServerCallContext context)
        {
            if (ticket.Ticket.ToStringUtf8() != "all")
            {
                throw new RpcException(new Status(StatusCode.NotFound, "no such data"));
            }

            for (var row = 0; row < Rows; row += Batch)
            {
                using var batch = Tables.Rows(row, Math.Min(Batch, Rows - row));
                await responseStream.WriteAsync(batch);
            }
        }
    }
}
