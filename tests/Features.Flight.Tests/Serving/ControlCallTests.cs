using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Action = Features.Flight.Protocol.Action;

namespace Features.Flight.Tests.Serving;

/// <summary>What holds for every call of the control plane: the size of requests, the count of refusals, and where clients are sent.</summary>
public sealed class ControlCallTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fl-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Requests_BeyondAMebibyte_AreRefused()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("t", 10));
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightService.FlightServiceClient(channel);
        var large = ByteString.CopyFrom(new byte[1 << 20]);
        var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = large };
        Func<Task>[] calls =
        [
            async () => await client.GetFlightInfoAsync(descriptor, cancellationToken: Token),
            async () => await client.GetSchemaAsync(descriptor, cancellationToken: Token),
            async () => await client.PollFlightInfoAsync(descriptor, cancellationToken: Token),
            async () => await client.ListFlights(new Criteria { Expression = large }, cancellationToken: Token).ResponseStream.MoveNext(Token),
            async () => await client.DoAction(new Action { Type = "warm", Body = large }, cancellationToken: Token).ResponseStream.MoveNext(Token),
        ];
        foreach (var call in calls)
        {
            var refusal = (await Assert.ThrowsAsync<RpcException>(call)).Status;
            Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
            Assert.Contains("the most is 1048576", refusal.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Refusals_OfEveryKindOfCall_AreCountedByMethodAndStatus()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("t", 10));
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var counted = new ConcurrentQueue<(string Method, string Status)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "features.flight.refusals" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            var by = tags.ToArray().ToDictionary(tag => tag.Key, tag => (string)tag.Value!);
            counted.Enqueue((by["method"], by["status"]));
        });
        listener.Start();
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightService.FlightServiceClient(channel);
        var missing = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { "missing" } };
        Func<Task>[] calls =
        [
            async () => await client.GetFlightInfoAsync(missing, cancellationToken: Token),
            async () => await client.DoAction(new Action { Type = "dance" }, cancellationToken: Token).ResponseStream.MoveNext(Token),
            async () => await client.DoExchange(cancellationToken: Token).ResponseStream.MoveNext(Token),
            async () => await client.DoGet(new Ticket { Ticket_ = ByteString.CopyFromUtf8("none") }, cancellationToken: Token).ResponseStream.MoveNext(Token),
        ];
        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<RpcException>(call);
        }

        await client.GetFlightInfoAsync(new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { "t" } }, cancellationToken: Token);
        Assert.Equal(["GetFlightInfo", "DoAction", "DoExchange", "DoGet"], counted.Select(c => c.Method));
        Assert.Equal("NotFound", counted.First().Status);
        Assert.DoesNotContain(counted, c => c.Status == "OK");
    }

    [Fact]
    public async Task Info_AskedForAtTheSocket_KeepsTheClientThere()
    {
        var socket = Path.Combine(folder, "s");
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("t", 10), socket: socket);
        Assert.Equal(["arrow-flight-reuse-connection://?"], await LocationsAsync(socket));

        using var reader = new DatasetClient(new Uri($"grpc+unix://{socket}"));
        var rows = 0;
        await foreach (var batch in await reader.OpenAsync(new DatasetRequest("t"), Token))
        {
            using (batch)
            {
                rows += batch.Rows.Length;
            }
        }

        Assert.Equal(10, rows);
    }

    [Fact]
    public async Task Info_AskedForAtTheSocketOfAServiceWithLocations_NamesThemAfterTheSocket()
    {
        var socket = Path.Combine(folder, "s");
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("t", 10), options: new FlightOptions { Locations = [new("grpc+tcp://replica:7071")] }, socket: socket);
        Assert.Equal(["arrow-flight-reuse-connection://?", "grpc+tcp://replica:7071"], await LocationsAsync(socket));
        using var channel = GrpcChannel.ForAddress(host.Address);
        Assert.Equal(["grpc+tcp://replica:7071"], await LocationsAsync(channel));
    }

    private static async Task<IEnumerable<string>> LocationsAsync(string socket)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler });
        return await LocationsAsync(channel);
    }

    private static async Task<IEnumerable<string>> LocationsAsync(GrpcChannel channel)
    {
        var info = await new FlightService.FlightServiceClient(channel).GetFlightInfoAsync(
            new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { "t" } }, cancellationToken: Token);
        return Assert.Single(info.Endpoint).Location.Select(location => location.Uri);
    }
}
