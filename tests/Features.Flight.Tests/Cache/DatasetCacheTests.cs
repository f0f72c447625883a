using Features.Flight.Cache;

namespace Features.Flight.Tests.Cache;

public class DatasetCacheTests
{
    private readonly CountingAllocator allocator = new();
    private readonly MemorySource source = new MemorySource().Add("a", 5000).Add("b", 5000).Add("c", 5000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_ManyAtOnce_ShareOneLoad()
    {
        using var cache = Cache(1 << 20);
        var gate = new TaskCompletionSource();
        source.BeforeBatch = (_, _) => gate.Task;

        var opening = Enumerable.Range(0, 8).Select(_ => cache.OpenAsync(source.Plan("a"), Token)).ToList();
        gate.SetResult();
        foreach (var lease in await Task.WhenAll(opening))
        {
            Assert.Equal(5000, lease.Store.Rows);
            lease.Dispose();
        }

        Assert.Equal(1, source.Reads);
        Assert.Equal(60_000, cache.UsedBytes);
        cache.Dispose();
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Open_AFailedLoad_FailsItsReadersWithTheReasonAndIsTriedAgain()
    {
        using var cache = Cache(1 << 20);
        source.BeforeBatch = (row, _) => row == 3000 ? throw new IOException("the disk is gone") : Task.CompletedTask;

        foreach (var opening in new[] { cache.OpenAsync(source.Plan("a"), Token), cache.OpenAsync(source.Plan("a"), Token) })
        {
            var error = await Assert.ThrowsAsync<DatasetLoadException>(() => opening);
            Assert.Contains("the disk is gone", error.Message, StringComparison.Ordinal);
            Assert.True(error.IsTransient);
        }

        Assert.Equal((0L, 0L), (cache.UsedBytes, allocator.Bytes));
        source.BeforeBatch = (_, _) => Task.CompletedTask;
        using var lease = await cache.OpenAsync(source.Plan("a"), Token);
        Assert.Equal(5000, lease.Store.Rows);
    }

    [Theory]
    [InlineData(1, "part 1 of 1 gave 4999 rows where its source promised 5000")]
    [InlineData(-7, "gave 5007 rows, and maybe more, where its source promised 5000")]
    public async Task Open_AnotherRowCountThanPlanned_IsNeverReady(long missing, string reason)
    {
        using var cache = Cache(1 << 20);
        source.Missing = missing;

        var error = await Assert.ThrowsAsync<DatasetLoadException>(() => cache.OpenAsync(source.Plan("a"), Token));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Null(cache.Find(source.Plan("a")));
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Open_AfterTheSourceIsGone_GivesEveryEpochTheSameDigest()
    {
        var (parts, plan) = (new PartSource { PartRows = 700 }, PartSource.Wide("a", 2000));
        using var cache = new DatasetCache(parts, 10 << 20, allocator);
        string[] before;
        using (var lease = await cache.OpenAsync(plan, Token))
        {
            before = [.. Enumerable.Range(0, 3).Select(epoch => Epochs.Digest(lease.Store, plan, epoch))];
        }

        parts.BeforeBatch = (_, _, _) => throw new DirectoryNotFoundException("the warehouse was moved away");
        using (var lease = await cache.OpenAsync(plan, Token))
        {
            Assert.Equal(before, Enumerable.Range(0, 3).Select(epoch => Epochs.Digest(lease.Store, plan, epoch)));
        }

        Assert.Equal(3, before.Distinct().Count());

        // The control: without the cache it is gone.
        cache.Evict("a");
        await Assert.ThrowsAsync<DatasetLoadException>(() => cache.OpenAsync(plan, Token));
    }

    [Fact]
    public async Task Find_WhileItLoads_TellsRowsAndBytesThatAreThere()
    {
        var parts = new PartSource { PartRows = 70_000, BatchRows = 10_000 };
        var (reached, gate, plan) = (new TaskCompletionSource(), new TaskCompletionSource(), PartSource.Narrow("a", 140_000));
        parts.BeforeBatch = (_, row, cancelled) =>
        {
            if (row < 70_000)
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return gate.Task.WaitAsync(cancelled);
        };
        using var cache = new DatasetCache(parts, new FlightOptions { LoadParallelism = 1 }, allocator: allocator);

        var opening = cache.OpenAsync(plan, Token);
        await reached.Task;
        Assert.Equal(new CachedDataset("a", "sha256:a@1", 70_000, 70_000 * 12, 1, IsReady: false) { Plan = plan }, cache.Find(plan)! with { Tenants = [] });
        gate.SetResult();
        using var lease = await opening;

        Assert.Equal((140_000L, 140_000L * 12, true), (cache.Find(plan)!.Rows, cache.Find(plan)!.Bytes, cache.Find(plan)!.IsReady));
    }

    [Fact]
    public async Task Open_WhileAnAbandonedLoadOfItStillHoldsTheMemory_WaitsForItAndIsServed()
    {
        var (parts, plan) = (new PartSource { BatchRows = 70_000 }, PartSource.Narrow("a", 140_000));
        var (reached, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        parts.BeforeBatch = (_, row, _) =>
        {
            if (row < 70_000)
            {
                return Task.CompletedTask;
            }

            // This source does not look at its token.
            reached.TrySetResult();
            return gate.Task;
        };
        using var cache = new DatasetCache(parts, 2_000_000, allocator);
        using var cancel = new CancellationTokenSource();
        var given = cache.OpenAsync(plan, cancel.Token);
        await reached.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        var again = cache.OpenAsync(plan, Token);
        Assert.Equal(140_000 * 12, cache.UsedBytes);
        Assert.False(again.IsCompleted);
        gate.SetResult();

        using var lease = await again;
        Assert.Equal(140_000, lease.Store.Rows);
        Assert.Equal(140_000 * 12, cache.UsedBytes);
    }

    [Fact]
    public async Task Open_WhatCannotFit_EvictsNothingAndReadsNothing()
    {
        using var cache = Cache(130_000);
        (await cache.OpenAsync(source.Plan("a"), Token)).Dispose();
        using var held = await cache.OpenAsync(source.Plan("b"), Token);
        source.Add("large", 6000);

        await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(source.Plan("large"), Token));

        Assert.Equal(["a", "b"], cache.List().Select(dataset => dataset.Name).Order());
        Assert.Equal(2, source.Reads);
    }

    [Fact]
    public async Task Open_OverBudget_EvictsTheLeastRecentlyUsedThatNobodyReads()
    {
        using var cache = Cache(130_000);
        (await cache.OpenAsync(source.Plan("a"), Token)).Dispose();
        (await cache.OpenAsync(source.Plan("b"), Token)).Dispose();
        (await cache.OpenAsync(source.Plan("a"), Token)).Dispose();

        using var lease = await cache.OpenAsync(source.Plan("c"), Token);

        Assert.Equal(["a", "c"], cache.List().Select(dataset => dataset.Name).Order());
        Assert.Equal(cache.UsedBytes, allocator.Bytes);
    }

    [Fact]
    public async Task Open_OverBudgetAndAllInUse_IsRefusedWithWhatToDo()
    {
        using var cache = Cache(100_000);
        using var lease = await cache.OpenAsync(source.Plan("a"), Token);

        var error = await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(source.Plan("b"), Token));

        Assert.Contains("'a' (60000 bytes, 1 reader)", error.Message, StringComparison.Ordinal);
        Assert.Contains("raise the memory budget", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
        Assert.Equal(60_000, allocator.Bytes);
        Assert.Equal(5000, lease.Store.Rows);
    }

    [Fact]
    public async Task Open_CancelledByAll_AbandonsTheLoad()
    {
        using var cache = Cache(1 << 20);
        var reached = new TaskCompletionSource();
        source.BeforeBatch = async (row, cancellationToken) =>
        {
            if (row == 2000)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        };
        using var cancel = new CancellationTokenSource();
        var opening = cache.OpenAsync(source.Plan("a"), cancel.Token);
        await reached.Task;

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);

        SpinWait.SpinUntil(() => cache.UsedBytes == 0 && source.Finished == 1, TimeSpan.FromMinutes(1));
        Assert.Equal((1, 0L, 0L), (source.Finished, allocator.Bytes, cache.UsedBytes));
        source.BeforeBatch = (_, _) => Task.CompletedTask;
        (await cache.OpenAsync(source.Plan("a"), Token)).Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_AnAbandonedOrFailedLoad_IsAccountedUntilItsMemoryIsGivenBack(bool isAbandoned)
    {
        source.Add("wide", 200_000);
        using var cache = Cache(10 << 20);
        var (reached, uncounted) = (new TaskCompletionSource(), 0L);
        allocator.Watch = bytes => uncounted = Math.Max(uncounted, bytes - cache.UsedBytes);
        source.BeforeBatch = async (row, cancellationToken) =>
        {
            if (row == 150_000)
            {
                reached.SetResult();
                await (isAbandoned ? Task.Delay(Timeout.Infinite, cancellationToken) : throw new IOException("the disk is gone"));
            }
        };
        using var cancel = new CancellationTokenSource();
        var opening = cache.OpenAsync(source.Plan("wide"), cancel.Token);
        await reached.Task;

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => opening);

        SpinWait.SpinUntil(() => cache.UsedBytes == 0, TimeSpan.FromMinutes(1));
        Assert.Equal((0L, 0L), (uncounted, allocator.Bytes));
        Assert.True(allocator.Peak > 0);
    }

    [Fact]
    public async Task Open_CancelledByOneOfTwo_GoesOnForTheOther()
    {
        using var cache = Cache(1 << 20);
        var gate = new TaskCompletionSource();
        source.BeforeBatch = (_, cancellationToken) => gate.Task.WaitAsync(cancellationToken);
        using var cancel = new CancellationTokenSource();
        var (leaves, stays) = (cache.OpenAsync(source.Plan("a"), cancel.Token), cache.OpenAsync(source.Plan("a"), Token));

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        gate.SetResult();

        (await stays).Dispose();
        Assert.Equal(1, source.Reads);
    }

    [Fact]
    public async Task Evict_WhileRead_KeepsItUntilTheLeaseEnds()
    {
        using var cache = Cache(1 << 20);
        var lease = await cache.OpenAsync(source.Plan("a"), Token);
        Assert.Equal((0, 1), cache.Evict("a"));

        lease.Dispose();
        lease.Dispose();

        Assert.Equal((1, 0), cache.Evict("a"));
        Assert.Equal((0L, 0L), (cache.UsedBytes, allocator.Bytes));
    }

    [Fact]
    public async Task Dispose_WhileRead_FreesWhenTheReaderIsDone()
    {
        var cache = Cache(1 << 20);
        var lease = await cache.OpenAsync(source.Plan("a"), Token);

        cache.Dispose();
        Assert.Equal(60_000, allocator.Bytes);
        lease.Dispose();

        Assert.Equal(0, allocator.Bytes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => cache.OpenAsync(source.Plan("a"), Token));
    }

    private DatasetCache Cache(long budget) => new(source, budget, allocator);
}
