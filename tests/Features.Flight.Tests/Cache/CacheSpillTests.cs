using Features.Flight.Cache;
using Features.Flight.Layout;

namespace Features.Flight.Tests.Cache;

public sealed class CacheSpillTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"features-spill-{Guid.NewGuid():N}");
    private readonly CountingAllocator allocator = new();
    private readonly PartSource source = new() { PartRows = 1500 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_WhatMadeRoomForOthers_ComesFromSpillWithTheSameBytesAndWithoutItsSource()
    {
        var (a, b) = (PartSource.Wide("a", 4000), PartSource.Wide("b", 4000));
        var single = await BytesOf(a);
        using var cache = Cache(single + (single / 2));
        string[] before;
        using (var lease = await cache.OpenAsync(a, Token))
        {
            before = [Epochs.Digest(lease.Store, a, 0), Epochs.Digest(lease.Store, a, 1)];
        }

        (await cache.OpenAsync(b, Token)).Dispose();

        Assert.Equal((single, single), (cache.UsedBytes, allocator.Bytes));
        Assert.True(cache.Find(a) is { IsReady: true } spilled && spilled.SpilledBytes == cache.SpilledBytes && spilled.SpilledBytes >= single);
        source.BeforeBatch = (_, _, _) => throw new DirectoryNotFoundException("the warehouse was moved away");
        using (var lease = await cache.OpenAsync(a, Token))
        {
            Assert.Equal(before, (string[])[Epochs.Digest(lease.Store, a, 0), Epochs.Digest(lease.Store, a, 1)]);
        }

        Assert.Equal((1, 0), cache.Evict("a"));
        Assert.Equal((0L, single), (cache.SpilledBytes, allocator.Bytes));
    }

    [Fact]
    public async Task Open_OfSpilledDataWithFreeMemory_BringsItBackOnceForAll()
    {
        var (a, b) = (PartSource.Wide("a", 4000), PartSource.Wide("b", 4000));
        var single = await BytesOf(a);
        using var cache = Cache(single + (single / 2));
        (await cache.OpenAsync(a, Token)).Dispose();
        (await cache.OpenAsync(b, Token)).Dispose();
        Assert.True(cache.Find(a)!.SpilledBytes > 0);
        cache.Evict("b");
        source.BeforeBatch = (_, _, _) => throw new DirectoryNotFoundException("the warehouse was moved away");

        var leases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => cache.OpenAsync(a, Token)));

        Assert.All(leases, lease => Assert.Same(leases[0].Store, lease.Store));
        Assert.Equal((single, 0L, single), (cache.UsedBytes, cache.SpilledBytes, allocator.Bytes));
        Assert.Equal(Cells.RowsOf(Tables.Rows(0, 4000)), Epochs.Rows(leases[0].Store));
        Array.ForEach(leases, lease => lease.Dispose());
    }

    [Fact]
    public async Task Open_OfSpilledDataWithoutFreeMemory_IsReadWhereItIsAndEvictsNobody()
    {
        var (a, b) = (PartSource.Wide("a", 4000), PartSource.Wide("b", 4000));
        var single = await BytesOf(a);
        using var cache = Cache(single + (single / 2));
        (await cache.OpenAsync(a, Token)).Dispose();
        (await cache.OpenAsync(b, Token)).Dispose();

        using var lease = await cache.OpenAsync(a, Token);

        Assert.True(cache.Find(a)!.SpilledBytes > 0);
        Assert.True(cache.Find(b) is { IsReady: true, SpilledBytes: 0 });
        Assert.Equal(Cells.RowsOf(Tables.Rows(0, 4000)), Epochs.Rows(lease.Store));
    }

    [Fact]
    public async Task Open_MoreThanMemory_IsLoadedIntoSpillFromTheStart()
    {
        var a = PartSource.Wide("a", 4000);
        var whole = await DigestOf(a);
        using var cache = Cache(10_000);

        using var lease = await cache.OpenAsync(a, Token);

        Assert.Equal(whole, Epochs.Digest(lease.Store, a, 3));
        Assert.Equal((0L, 0L), (cache.UsedBytes, allocator.Peak));
        Assert.InRange(cache.SpilledBytes, LoadEstimate.Of(a), 3 * LoadEstimate.Of(a));
    }

    [Fact]
    public async Task Open_ATensorInSpill_GivesTheSameBytesAsFromMemory()
    {
        var roles = new Dictionary<string, ColumnRole> { ["score"] = ColumnRole.Feature, ["ratio"] = ColumnRole.Feature, ["flag"] = ColumnRole.Feature };
        var a = new StorePlan(PartSource.Wide("a", 4000).Dataset with { Roles = roles }, new TensorOptions { Mask = true, Fill = -1 });
        var whole = await DigestOf(a);
        using var cache = Cache(10_000);

        using var lease = await cache.OpenAsync(a, Token);

        Assert.Contains(lease.Store.Schema.FieldsList, field => field.Name == "features_mask");
        Assert.Equal(whole, Epochs.Digest(lease.Store, a, 3));
        Assert.InRange(cache.SpilledBytes, LoadEstimate.Of(a), 3 * LoadEstimate.Of(a));
    }

    [Fact]
    public async Task Open_WhatOutgrowsMemoryWhileItLoads_GoesOnInSpill()
    {
        var a = PartSource.Wide("a", 4000);
        var whole = await DigestOf(a);
        using var cache = Cache(LoadEstimate.Of(a) + 1000);

        using var lease = await cache.OpenAsync(a, Token);

        Assert.Equal(whole, Epochs.Digest(lease.Store, a, 3));
        Assert.True(cache.UsedBytes > 0 && cache.SpilledBytes > 0);
        Assert.Equal(cache.UsedBytes, allocator.Bytes);
    }

    [Fact]
    public async Task Open_WithSpillFull_DropsTheOldestThereAndThenRefuses()
    {
        var plans = Enumerable.Range(0, 4).Select(i => PartSource.Narrow($"set{i}", 5000)).ToList();
        using var cache = Cache(100_000, spillBudget: 140_000);
        foreach (var plan in plans)
        {
            (await cache.OpenAsync(plan, Token)).Dispose();
        }

        Assert.Equal(["set1", "set2", "set3"], cache.List().Select(set => set.Name).Order());
        Assert.InRange(cache.SpilledBytes, 120_000, 140_000);
        var held = new[] { await cache.OpenAsync(plans[1], Token), await cache.OpenAsync(plans[2], Token), await cache.OpenAsync(plans[3], Token) };
        var error = await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(plans[0], Token));

        Assert.Contains("with 140000 of spill; held: 'set1'", error.Message, StringComparison.Ordinal);
        Assert.Contains("raise its spill budget", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, source.Reads / 4);
        Array.ForEach(held, lease => lease.Dispose());
    }

    [Fact]
    public async Task Open_WithAFolderThatTakesNothing_FailsClearlyAndKeepsNothing()
    {
        using var cache = Cache(70_000);
        (await cache.OpenAsync(PartSource.Narrow("a", 5000), Token)).Dispose();
        Directory.Delete(folder);

        var error = await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(PartSource.Narrow("b", 50_000), Token));
        Assert.Contains($"the spill folder '{folder}' does not take it", error.Message, StringComparison.Ordinal);
        Assert.Equal((60_000L, 0L, 60_000L), (cache.UsedBytes, cache.SpilledBytes, allocator.Bytes));

        // What cannot be demoted is dropped, as if there were no spill.
        (await cache.OpenAsync(PartSource.Narrow("c", 5000), Token)).Dispose();
        Assert.Equal(["c"], cache.List().Select(set => set.Name));
        Assert.Equal((60_000L, 0L, 60_000L), (cache.UsedBytes, cache.SpilledBytes, allocator.Bytes));
    }

    [Fact]
    public async Task Dispose_WithSpilledData_GivesAllOfItBack()
    {
        var cache = Cache(70_000);
        (await cache.OpenAsync(PartSource.Narrow("a", 5000), Token)).Dispose();
        var lease = await cache.OpenAsync(PartSource.Narrow("b", 50_000), Token);
        (await cache.OpenAsync(PartSource.Narrow("c", 5000), Token)).Dispose();

        cache.Dispose();
        Assert.True(cache.SpilledBytes >= 600_000);
        Assert.Equal(Cells.RowsOf(Tables.NarrowRows(0, 50_000)), Epochs.Rows(lease.Store));
        lease.Dispose();

        Assert.Equal((0L, 0L, 0L), (cache.UsedBytes, cache.SpilledBytes, allocator.Bytes));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private DatasetCache Cache(long memory, long spillBudget = 100 << 20) => new(
        source, new FlightOptions { MemoryBudgetBytes = memory, SpillFolder = folder, SpillBudgetBytes = spillBudget, LoadParallelism = 2 }, allocator: allocator);

    private async Task<long> BytesOf(StorePlan plan)
    {
        using var cache = new DatasetCache(source, 1 << 30);
        (await cache.OpenAsync(plan, Token)).Dispose();
        return cache.UsedBytes;
    }

    private async Task<string> DigestOf(StorePlan plan)
    {
        using var cache = new DatasetCache(source, 1 << 30);
        using var lease = await cache.OpenAsync(plan, Token);
        return Epochs.Digest(lease.Store, plan, 3);
    }
}
