using Features.Flight.Client;
using Features.Flight.Protocol;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Client;

/// <summary>What a client asks of a service beside rows, and what the clock does to its reads.</summary>
public sealed class ServiceCallsTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemorySource source = new MemorySource().Add("a", 1000);
    private FlightHost host = null!;
    private DatasetClient client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await FlightHost.StartAsync(source, options: new FlightOptions { MemoryBudgetBytes = 1 << 20, TicketLifetime = Lifetime }, clock: clock);
        client = host.Connect(new DatasetClientOptions { Clock = clock, Attempts = 1, StreamTimeout = TimeSpan.FromMinutes(40) });
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Info_OfADataset_IsTheServices()
    {
        var info = await client.InfoAsync("a", Token);

        Assert.Equal(("a", 1000, "sha256:a", 2), (info.Name, info.Rows, info.Digest, info.Schema.FieldsList.Count));
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<FlightCallException>(() => client.InfoAsync("b", Token))).Status);
    }

    [Fact]
    public async Task Poll_FollowsTheLoadToItsEnd()
    {
        var steps = new List<LoadProgress>();
        await foreach (var step in client.PollAsync(new DatasetRequest("a"), Token))
        {
            steps.Add(step);
        }

        Assert.Equal((1, true), (steps[^1].Fraction, steps[^1].IsReady));
        Assert.True(steps[^1].TotalBytes >= 12_000, $"{steps[^1]}");
        Assert.Equal(steps.Select(step => step.Fraction).Order(), steps.Select(step => step.Fraction));
        Assert.True(Assert.Single(host.Cache.List()).IsReady);
    }

    [Fact]
    public async Task Poll_ALoadThatFails_SaysWhy()
    {
        source.BeforeBatch = (_, _) => throw new InvalidDataException("the file is torn");

        var error = await Assert.ThrowsAsync<FlightCallException>(() => client.WarmAsync(new DatasetRequest("a"), progress: null, Token));

        Assert.Contains("the file is torn", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_CountsWhatIsInMemory()
    {
        Assert.Equal(new ServiceHealth("serving", 1 << 20, 0, 0), await client.HealthAsync(Token));

        await client.WarmAsync(new DatasetRequest("a"), progress: null, Token);

        Assert.Equal(new ServiceHealth("serving", 1 << 20, host.Cache.UsedBytes, 1), await client.HealthAsync(Token));
    }

    [Fact]
    public async Task Evict_APinnedDataset_IsRefusedUntilItIsUnpinned()
    {
        await client.WarmAsync(new DatasetRequest("a"), progress: null, Token);
        await client.PinAsync(new DatasetRequest("a"), Token);
        clock.Advance(Lifetime);

        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<FlightCallException>(() => client.EvictAsync("a", Token))).Status);
        await client.UnpinAsync(new DatasetRequest("a") { Batch = 7 }, Token);

        Assert.Equal(1, await client.EvictAsync("a", Token));
        Assert.Empty(host.Cache.List());
        Assert.Equal(0, await client.EvictAsync("a", Token));
    }

    [Fact]
    public async Task Renew_AReader_HoldsItsTicketForLonger()
    {
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);
        Assert.Equal(clock.GetUtcNow() + Lifetime, reader.Expires);
        clock.Advance(Lifetime / 2);

        Assert.Equal(clock.GetUtcNow() + Lifetime, await client.RenewAsync(reader, Token));
        clock.Advance(Lifetime * 0.75);

        Assert.Equal(clock.GetUtcNow() + (Lifetime / 4), reader.Expires);
        Assert.Equal(1000, await CountAsync(reader));
    }

    [Fact]
    public async Task Read_AfterItsTicketExpired_IsPlannedAnew()
    {
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);
        clock.Advance(Lifetime * 2);

        Assert.Equal(1000, await CountAsync(reader));
    }

    [Fact]
    public async Task Cancel_AReader_HasItsTicketRefused()
    {
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);
        Assert.Equal(1000, await CountAsync(reader));

        Assert.Equal(CancelOutcome.Cancelled, await client.CancelAsync(reader, Token));

        var error = await Assert.ThrowsAsync<FlightCallException>(() => CountAsync(reader));
        Assert.Equal(StatusCode.FailedPrecondition, error.Status);
        Assert.Contains("cancelled", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, await CountAsync(await client.OpenAsync(new DatasetRequest("a"), Token)));
    }

    [Fact]
    public async Task Waited_IsTheTimeThatTheConsumerStoodStill()
    {
        var gate = new TaskCompletionSource();
        source.BeforeBatch = (_, cancelled) => gate.Task.WaitAsync(cancelled);
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);
        Assert.Equal(TimeSpan.Zero, reader.Waited);
        await using var batches = reader.GetAsyncEnumerator(Token);
        var first = batches.MoveNextAsync();

        clock.Advance(TimeSpan.FromSeconds(3));
        gate.SetResult();
        Assert.True(await first);
        clock.Advance(TimeSpan.FromSeconds(50));
        batches.Current.Dispose();

        Assert.Equal(TimeSpan.FromSeconds(3), reader.Waited);
    }

    [Fact]
    public async Task StreamTimeout_EndsAReadThatTakesLonger()
    {
        var loading = new TaskCompletionSource();
        source.BeforeBatch = (_, cancelled) =>
        {
            loading.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancelled);
        };
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);
        await using var batches = reader.GetAsyncEnumerator(Token);
        var first = batches.MoveNextAsync();

        await loading.Task.WaitAsync(Token);
        clock.Advance(TimeSpan.FromMinutes(40));

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<FlightCallException>(async () => await first)).Status);
    }

    [Fact]
    public async Task Epochs_ThatFollow_ChangeToTheNewerVersionAtAnEdge()
    {
        var request = new DatasetRequest("a") { Follow = true, Batch = 100, Shuffle = Features.Ordering.OrderMode.Global };
        var epochs = client.EpochsAsync(request, Token).GetAsyncEnumerator(Token);
        await using (epochs)
        {
            Assert.True(await epochs.MoveNextAsync());
            var old = epochs.Current;
            var rows = 0;
            await foreach (var batch in old.WithCancellation(Token))
            {
                // The newer version comes while the epoch is read.
                if (rows == 0)
                {
                    source.Add("a", 1200, digest: "newer");
                    await host.Cache.OfferAsync(source.Plan("a").Dataset);
                }

                rows += batch.Count;
                batch.Dispose();
            }

            Assert.Equal(("sha256:a", 1000), (old.Order.Content, rows));
            Assert.True(await epochs.MoveNextAsync());
            Assert.Equal(("sha256:newer", 1L, 1200), (epochs.Current.Order.Content, epochs.Current.Epoch, await CountAsync(epochs.Current)));

            // What was begun in the old version can be read in it again.
            Assert.Equal(1000, await CountAsync(old));
        }
    }

    private static async Task<int> CountAsync(DatasetReader reader)
    {
        var rows = 0;
        await foreach (var batch in reader.WithCancellation(Token))
        {
            rows += batch.Count;
            batch.Dispose();
        }

        return rows;
    }
}
