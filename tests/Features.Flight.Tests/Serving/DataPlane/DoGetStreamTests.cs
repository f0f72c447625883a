using Features.Flight.Protocol;
using Features.Flight.Serving.DataPlane;
using Features.Flight.Telemetry;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Serving.DataPlane;

/// <summary>How streams end: cancelled, late, stalled, with the service, or because there are too many.</summary>
public sealed class DoGetStreamTests : IAsyncLifetime
{
    private const string Large = """{"dataset":"large","shuffle":"global","batch":4096}""";

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemorySource source = new MemorySource { BatchRows = 1 << 16 }.Add("a", 1000).Add("large", 1 << 20);
    private FlightHost host = null!;
    private RawCalls calls = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ActiveStreams Streams => host.Services.GetRequiredService<ActiveStreams>();

    private long NetworkBytes => host.Services.GetRequiredService<BlockPool>().RentedBytes;

    public async ValueTask InitializeAsync()
    {
        host = await FlightHost.StartAsync(source, options: new FlightOptions { MaxStreams = 40, MaxStreamsPerConnection = 2 }, clock: clock);
        calls = new RawCalls(host);
    }

    public async ValueTask DisposeAsync()
    {
        calls.Dispose();
        await host.DisposeAsync();
        Assert.Equal(0, host.Allocator.Bytes);
    }

    [Fact]
    public async Task Readers_ThatTakeNothing_HoldLessThanTwoMegabytesEach()
    {
        const int Readers = 24;
        var request = await calls.PlannedAsync(Large);
        var readers = new List<StalledReader>();
        for (var i = 0; i < Readers; i++)
        {
            readers.Add(await StalledReader.StartAsync(host.Address, request));
        }

        await UntilAsync(() => Streams.List() is { Count: Readers } open && open.All(stream => stream.IsBlocked));
        var loaded = host.Allocator.Bytes;

        // 12 MiB are ready for each.
        Assert.InRange(NetworkBytes, Readers, Readers * 2_000_000L);
        Assert.All(Streams.List(), stream => Assert.InRange(stream.Bytes, 1, 6 << 20));
        Assert.InRange(loaded, 12 << 20, 13 << 20);
        readers.ForEach(reader => reader.Dispose());
        await UntilAsync(() => Streams.List().Count == 0 && NetworkBytes == 0);
    }

    [Fact]
    public async Task Reader_ThatTakesNothingForLong_IsGivenUpAndCanResume()
    {
        using var reader = await StalledReader.StartAsync(host.Address, await calls.PlannedAsync(Large));
        await UntilAsync(() => Streams.List() is [{ IsBlocked: true }]);

        // The buffers on the way may still fill meanwhile; an hour counts from when they are full.
        var minutes = 0;
        while (Streams.List().Count > 0)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            minutes++;
            await Task.Delay(5, Token);
        }

        Assert.InRange(minutes, 60, int.MaxValue);
        Assert.Equal((1, 0), host.Cache.Evict("large"));
    }

    [Fact]
    public async Task Reader_ThatCancels_EndsTheWorkAtOnce()
    {
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightService.FlightServiceClient(channel);
        var ticket = (await client.GetFlightInfoAsync(Command(Large), cancellationToken: Token)).Endpoint[0].Ticket;
        using (var call = client.DoGet(ticket, cancellationToken: Token))
        {
            Assert.True(await call.ResponseStream.MoveNext(Token));
            Assert.Single(Streams.List());
        }

        await UntilAsync(() => Streams.List().Count == 0 && NetworkBytes == 0);
        Assert.Equal(0, Assert.Single(host.Cache.List()).Readers);
    }

    [Fact]
    public async Task Reader_ThatCancelsWhileItLoads_EndsTheLoad()
    {
        var begun = new TaskCompletionSource();
        source.BeforeBatch = (_, abandoned) =>
        {
            begun.TrySetResult();
            return Task.Delay(Timeout.Infinite, abandoned);
        };
        using var cancel = new CancellationTokenSource();
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightService.FlightServiceClient(channel);
        var ticket = (await client.GetFlightInfoAsync(Command(Large), cancellationToken: Token)).Endpoint[0].Ticket;
        using var call = client.DoGet(ticket, cancellationToken: cancel.Token);
        await begun.Task;
        await cancel.CancelAsync();
        await UntilAsync(() => source.Finished == 1 && Streams.List().Count == 0);
    }

    [Fact]
    public async Task Deadline_WhileItLoads_EndsTheCall()
    {
        var begun = new TaskCompletionSource();
        source.BeforeBatch = (_, abandoned) =>
        {
            begun.TrySetResult();
            return Task.Delay(Timeout.Infinite, abandoned);
        };
        var ending = calls.EndAsync(await calls.PlannedAsync(Large), timeout: "10S");
        await begun.Task;
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(StatusCode.DeadlineExceeded, (await ending).Status);
    }

    [Fact]
    public async Task Deadline_WhileTheReaderTakesNothing_EndsTheCallAndFreesWhatWaits()
    {
        using var response = await calls.BeginAsync(await calls.PlannedAsync(Large), timeout: "10S");
        await UntilAsync(() => Streams.List() is [{ IsBlocked: true }]);
        clock.Advance(TimeSpan.FromSeconds(10));
        await UntilAsync(() => Streams.List().Count == 0);

        // Reset, or told in trailers if it had just taken something.
        var ended = await Record.ExceptionAsync(() => response.Content.ReadAsByteArrayAsync(Token));
        Assert.True(ended is HttpRequestException || RawCalls.StatusOf(response).Status == StatusCode.DeadlineExceeded, ended?.ToString());
    }

    [Fact]
    public async Task Service_ThatStops_EndsStreamsBetweenTwoMessages()
    {
        using var response = await calls.BeginAsync(await calls.PlannedAsync(Large));
        await UntilAsync(() => Streams.List() is [{ IsBlocked: true }]);

        var stopping = host.StopAsync();
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        var (status, message) = RawCalls.StatusOf(response);
        await stopping;

        Assert.Equal(StatusCode.Unavailable, status);
        Assert.Contains("resume", message, StringComparison.Ordinal);
        Assert.InRange(RawCalls.MessagesOf(body).Count, 2, 256);
    }

    [Fact]
    public async Task Streams_BeyondTheLimit_AreRefusedWithWhatToDo()
    {
        var request = await calls.PlannedAsync(Large);
        using var first = await calls.BeginAsync(request);
        using var second = await calls.BeginAsync(request);
        var (status, message) = await calls.EndAsync(request);
        Assert.Equal(StatusCode.ResourceExhausted, status);
        Assert.Contains("open another connection", message, StringComparison.Ordinal);

        first.Dispose();
        await UntilAsync(() => Streams.List().Count == 1);
        using var third = await calls.BeginAsync(request);
    }

    [Fact]
    public async Task Load_ThatFails_IsToldInTheTrailers()
    {
        source.BeforeBatch = (_, _) => throw new IOException("the store is away");
        var (status, message) = await calls.EndAsync(await calls.PlannedAsync(Large));
        Assert.Equal(StatusCode.Unavailable, status);
        Assert.Contains("the store is away", message, StringComparison.Ordinal);
    }

    private static FlightDescriptor Command(string json) => new() { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFromUtf8(json) };

    // What the service does on its own threads is waited for, however slow the machine.
    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(5, Token);
        }
    }
}
