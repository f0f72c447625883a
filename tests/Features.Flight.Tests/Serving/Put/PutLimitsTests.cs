using Features.Flight.Protocol;
using Features.Flight.Serving.Put;
using Features.Flight.Tests.Validation;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Serving.Put;

/// <summary>Senders that want too much: of memory, of disk, of time, of places.</summary>
public class PutLimitsTests
{
    private const string Readings = """{"table":"plant.readings"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EndlessStream_IsRefusedAtItsLimit_AndLeavesNothing()
    {
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), options: new FlightOptions { Put = new PutOptions { MaxBytes = 1 << 20 } }, sink: sink);
        using var rows = Tables.NarrowRows(0, 1000);
        var messages = WireMessages.Of(rows.Schema, rows);
        using var call = new PutCall(host.Address);
        await PutDoorTests.SendAsync(call, Readings, [messages[0], .. Enumerable.Repeat(messages[1], 500)]);

        var refusal = await call.RefusalAsync();

        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Contains("more than 1048576 bytes", refusal.Detail, StringComparison.Ordinal);
        Assert.Empty(sink.Rows);
        Assert.Equal(0, sink.Open);
    }

    [Fact]
    public async Task EndlessEmptyMessages_HaveALimitToo()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource(), options: new FlightOptions { Put = new PutOptions { MaxBytes = 500 } }, sink: new MemorySink());
        using var call = new PutCall(host.Address);
        await PutDoorTests.SendAsync(call, Readings, [.. Enumerable.Repeat((System.Array.Empty<byte>(), System.Array.Empty<byte>()), 1000)]);
        Assert.Equal(StatusCode.ResourceExhausted, (await call.RefusalAsync()).StatusCode);
    }

    [Fact]
    public async Task HugeMessage_IsRefusedUnread()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource(), options: new FlightOptions { Put = new PutOptions { MaxMessageBytes = 1 << 20 } }, sink: new MemorySink());
        using var call = new PutCall(host.Address);
        await PutDoorTests.SendAsync(call, Readings, [([1, 2, 3], new byte[3 << 20])]);
        Assert.Equal(StatusCode.ResourceExhausted, (await call.RefusalAsync()).StatusCode);
    }

    [Fact]
    public async Task SilentSender_IsGivenUp()
    {
        var (sink, clock, came) = (new MemorySink(), new FakeTimeProvider(), new TaskCompletionSource());
        sink.Written = _ => came.TrySetResult();
        await using var host = await FlightHost.StartAsync(new MemorySource(), options: new FlightOptions { Put = new PutOptions { IdleTimeout = TimeSpan.FromSeconds(30) } }, clock: clock, sink: sink);
        using var rows = Tables.NarrowRows(0, 10);
        using var call = new PutCall(host.Address);
        await PutDoorTests.SendAsync(call, Readings, WireMessages.Of(rows.Schema, rows));
        await came.Task.WaitAsync(Token);

        // The wait for the next message begins some time after the last was taken.
        var refusal = call.RefusalAsync();
        while (!refusal.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(31));
            await Task.Yield();
        }

        Assert.Equal(StatusCode.DeadlineExceeded, (await refusal).StatusCode);
        Assert.Empty(sink.Rows);
    }

    [Fact]
    public async Task PutsBeyondThePlaces_AreRefused_AndServedWhenOneHasEnded()
    {
        var (sink, go) = (new MemorySink(), new TaskCompletionSource());
        var waiting = new SemaphoreSlim(0);
        sink.BeforeWrite = async cancellationToken =>
        {
            waiting.Release();
            await go.Task.WaitAsync(cancellationToken);
        };
        await using var host = await FlightHost.StartAsync(new MemorySource(), options: new FlightOptions { Put = new PutOptions { MaxConcurrent = 2 } }, sink: sink);
        using var rows = Tables.NarrowRows(0, 10);
        var messages = WireMessages.Of(rows.Schema, rows);
        using var first = new PutCall(host.Address);
        using var second = new PutCall(host.Address);
        foreach (var call in new[] { first, second })
        {
            await PutDoorTests.SendAsync(call, Readings, messages);
            await waiting.WaitAsync(Token);
        }

        // A call takes its place when it begins, so that one made earlier could have come before the other two.
        using var third = new PutCall(host.Address);
        await PutDoorTests.SendAsync(third, Readings, messages);
        Assert.Equal(StatusCode.ResourceExhausted, (await third.RefusalAsync()).StatusCode);

        go.SetResult();
        await first.EndAsync();
        await second.EndAsync();
        using var fourth = new PutCall(host.Address);
        await PutDoorTests.SendAsync(fourth, Readings, messages);
        await fourth.EndAsync();
        Assert.Equal(30, sink.Rows.Count);
    }

    [Fact]
    public async Task SlowSink_HoldsTheSenderBack()
    {
        // One message is with the sink, some are in the windows of HTTP/2; the rest must wait at the sender.
        var (sink, go, reached) = (new MemorySink { IsKept = false }, new TaskCompletionSource(), new TaskCompletionSource());
        sink.BeforeWrite = cancellationToken =>
        {
            reached.TrySetResult();
            return go.Task.WaitAsync(cancellationToken);
        };
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        using var rows = Tables.NarrowRows(0, 80_000);
        var messages = WireMessages.Of(rows.Schema, rows);
        using var call = new PutCall(host.Address);
        await call.SendAsync(messages[0].Header, messages[0].Body, PutCall.To(Readings));
        var sent = 0;
        var sending = Task.Run(
            async () =>
            {
                for (; sent < 64; Interlocked.Increment(ref sent))
                {
                    await call.SendAsync(messages[1].Header, messages[1].Body);
                }
            },
            Token);
        await reached.Task.WaitAsync(Token);
        Assert.InRange(Volatile.Read(ref sent), 0, 40);
        go.SetResult();
        await sending;
        Assert.Equal(64 * 80_000, (await call.EndAsync())[^1].GetProperty("rows").GetInt32());
    }

    [Fact]
    public async Task ClientThatReadsNoProgress_IsServedAllTheSame()
    {
        var sink = new MemorySink { IsKept = false };
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        using var rows = Tables.NarrowRows(0, 1_000_000);
        var messages = WireMessages.Of(rows.Schema, rows);
        using var call = new PutCall(host.Address);
        await PutDoorTests.SendAsync(call, Readings, [messages[0], .. Enumerable.Repeat(messages[1], 4)]);
        var results = await call.EndAsync();

        Assert.Equal("done", results[^1].GetProperty("state").GetString());
        Assert.All(results.SkipLast(1), progress => Assert.Equal("receiving", progress.GetProperty("state").GetString()));
        Assert.True(results.Count > 1);
    }

    [Fact]
    public async Task HostileBytes_NeverTakeTheServiceDown()
    {
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        using var rows = EveryType.Rows(3, 20);
        var random = new Random(5);
        for (var attempt = 0; attempt < 150; attempt++)
        {
            var messages = WireMessages.Of(rows.Schema, rows);
            var (header, body) = messages[random.Next(messages.Count)];
            for (var i = 0; i < 3; i++)
            {
                (random.Next(2) == 0 && body.Length > 0 ? body : header).AsSpan(random.Next(Math.Min(header.Length, Math.Max(1, body.Length)) - 1)).Slice(0, 1).Fill((byte)random.Next(256));
            }

            using var call = new PutCall(host.Address);
            await PutDoorTests.SendAsync(call, Readings, messages);
            try
            {
                await call.EndAsync();
            }
            catch (RpcException refusal)
            {
                Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
            }
            catch (InvalidOperationException)
            {
                // The stream was refused before it could be ended.
            }
        }

        using var last = new PutCall(host.Address);
        await PutDoorTests.SendAsync(last, Readings, WireMessages.Of(rows.Schema, rows));
        await last.EndAsync();
        Assert.Equal(NaiveReading.Rows(rows), sink.Rows.TakeLast(20));
        Assert.Equal(0, sink.Open);
    }
}
