using Apache.Arrow;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;
using Features.Server.Hosting;
using Features.Server.Serving;
using Microsoft.Extensions.Time.Testing;

namespace Features.Server.Tests.Serving;

/// <summary>Two ranks that follow a data set through the real server, while somebody makes a newer version of it.</summary>
public sealed class VersionWatchTests : IAsyncLifetime
{
    private readonly WatchedClock clock = new();
    private ServedWorkspace served = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => served = await ServedWorkspace.OpenAsync(flights: 120, clock);

    public ValueTask DisposeAsync() => served.DisposeAsync();

    [Fact]
    public async Task Set_MadeAnew_IsGivenFromTheFirstEpochThatNoRankHasBegun()
    {
        await served.MakeSetAsync("delays");
        await FollowAsync(new DatasetRequest("delays") { Columns = ["_row"] }, before: 120, after: 150, async () =>
        {
            await served.IngestAsync("more.csv", 30, day: 2);
            await served.MakeSetAsync("delays", replace: true);
        });
    }

    [Fact]
    public async Task Table_WithANewSnapshot_IsGivenFromTheFirstEpochThatNoRankHasBegun()
    {
        await served.MakeTableAsync("numbers");
        await served.AppendAsync("numbers", 0, 100);
        await FollowAsync(new DatasetRequest("lab.numbers") { Table = new TableSelection(), Columns = ["id"] }, before: 100, after: 140, () => served.AppendAsync("numbers", 100, 40));
    }

    private async Task FollowAsync(DatasetRequest request, int before, int after, Func<Task> renewAsync)
    {
        request = request with { Follow = true, Shuffle = OrderMode.Global, Seed = 3, World = 2, Batch = 8, Tail = Tail.Pad };
        await using var server = await FlightServer.StartAsync(served.Workspace, FeaturesHostOptions.AnyPort with { Logs = false }, Token);
        await clock.Watching.WaitAsync(Token);
        using var client = new DatasetClient(server.Address);
        await using var one = client.EpochsAsync(request with { Rank = 0 }, Token).GetAsyncEnumerator(Token);
        await using var other = client.EpochsAsync(request with { Rank = 1 }, Token).GetAsyncEnumerator(Token);

        var first = await NextAsync(one);
        HashSet<long> whole = [.. await ReadAsync(first)];
        var second = await NextAsync(one);
        await using var reading = second.GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());
        HashSet<long> begun = [.. Samples(reading.Current)];

        await renewAsync();
        clock.Advance(VersionWatch.Period);
        while (Assert.Single(server.Cache.ListFollowed()) is { Fault: null } followed && followed.Next == first.Order.Content)
        {
            // The watch looks and the cache loads meanwhile.
            await client.HealthAsync(Token);
        }

        // The one goes on with the epoch that it has begun, and the other gets the same version for both, although it begins them now.
        while (await reading.MoveNextAsync())
        {
            begun.UnionWith(Samples(reading.Current));
        }

        foreach (var (epoch, mine) in new[] { (first, whole), (second, begun) })
        {
            var late = await NextAsync(other);
            Assert.Equal((epoch.Epoch, epoch.Order), (late.Epoch, late.Order));
            mine.UnionWith(await ReadAsync(late));
            Assert.Equal(Enumerable.Range(0, before).Select(i => (long)i), mine.Order());
        }

        // The next epoch is of the newer version, for both and from now on.
        for (var epoch = 2; epoch < 4; epoch++)
        {
            var (mine, theirs) = (await NextAsync(one), await NextAsync(other));
            Assert.Equal((epoch, epoch), (mine.Epoch, theirs.Epoch));
            Assert.Equal(mine.Order, theirs.Order);
            Assert.NotEqual(first.Order.Content, mine.Order.Content);
            Assert.Equal(after, mine.Order.Rows);
            Assert.Equal(Enumerable.Range(0, after).Select(i => (long)i), (await ReadAsync(mine)).Union(await ReadAsync(theirs)).Order());
        }
    }

    private static async Task<DatasetReader> NextAsync(IAsyncEnumerator<DatasetReader> epochs)
    {
        Assert.True(await epochs.MoveNextAsync());
        return epochs.Current;
    }

    private static async Task<List<long>> ReadAsync(DatasetReader reader)
    {
        var samples = new List<long>();
        await foreach (var batch in reader.WithCancellation(Token))
        {
            samples.AddRange(Samples(batch));
        }

        return samples;
    }

    private static List<long> Samples(DatasetBatch batch)
    {
        using (batch)
        {
            return [.. ((Int64Array)batch.Rows.Column(0)).Values];
        }
    }

    /// <summary>Stands still, and says when the watch has begun to wait for it.</summary>
    private sealed class WatchedClock() : FakeTimeProvider(TimeProvider.System.GetUtcNow())
    {
        private readonly TaskCompletionSource watching = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Watching => watching.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (period == VersionWatch.Period)
            {
                watching.TrySetResult();
            }

            return timer;
        }
    }
}
