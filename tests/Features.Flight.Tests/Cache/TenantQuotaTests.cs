using Features.Flight.Cache;
using Features.Flight.Layout;

namespace Features.Flight.Tests.Cache;

public sealed class TenantQuotaTests
{
    private static readonly StorePlan A = PartSource.Narrow("a", 1000);
    private static readonly StorePlan B = PartSource.Narrow("b", 1000);
    private static readonly StorePlan C = PartSource.Narrow("c", 1000);
    private static readonly FlightTenant Red = new("red", 25_000);
    private static readonly FlightTenant Blue = new("blue");
    private readonly CountingAllocator allocator = new();
    private readonly PartSource source = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_OverQuota_EvictsTheTenantsOwnOldestThoughTheCacheHasRoom()
    {
        using var cache = Cache();
        foreach (var plan in new[] { A, B, A, C })
        {
            (await cache.OpenAsync(plan, Red, Token)).Dispose();
        }

        Assert.Equal(["a", "c"], Names(cache));
        Assert.Equal((24_000L, 24_000L), (cache.UsedBytes, allocator.Bytes));
    }

    [Fact]
    public async Task Open_OverQuotaByWhatTheTenantHolds_IsRefusedWithWhatToDoBeforeARowIsRead()
    {
        using var cache = Cache();
        using var a = await cache.OpenAsync(A, Red, Token);
        (await cache.OpenAsync(B, Red, Token)).Dispose();
        cache.Hold("ticket", B, Red, DateTimeOffset.MaxValue.AddDays(-1));
        var reads = source.Reads;

        var error = await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(C, Red, Token));

        Assert.Contains("the tenant 'red' is charged 24000 of its quota of 25000; it holds: 'a' (12000 bytes, 1 reader), 'b' (12000 bytes, leased until", error.Message, StringComparison.Ordinal);
        Assert.Contains("raise the tenant's quota", error.Message, StringComparison.Ordinal);
        Assert.Equal(reads, source.Reads);
        using var c = await cache.OpenAsync(C, Blue, Token);
        Assert.Equal(["a", "b", "c"], Names(cache));
    }

    [Fact]
    public async Task Open_WhatAnotherTenantUses_IsLoadedOnceAndChargedToBoth()
    {
        using var cache = Cache();
        (await cache.OpenAsync(A, Blue, Token)).Dispose();
        (await cache.OpenAsync(A, Red, Token)).Dispose();
        Assert.Equal(["blue", "red"], cache.Find(A)!.Tenants.Order());
        Assert.Equal((1, 12_000L), (source.Reads, cache.UsedBytes));

        // What red gives up for its quota stays for blue.
        (await cache.OpenAsync(B, Red, Token)).Dispose();
        (await cache.OpenAsync(C, Red, Token)).Dispose();

        Assert.Equal(["a", "b", "c"], Names(cache));
        Assert.Equal(["blue"], cache.Find(A)!.Tenants);
    }

    [Fact]
    public async Task Open_OfSomebodyElsesData_IsChargedBeforeItIsGiven()
    {
        using var cache = Cache();
        using var held = await cache.OpenAsync(A, Red, Token);
        var wide = PartSource.Narrow("wide", 2000);
        (await cache.OpenAsync(wide, Blue, Token)).Dispose();

        await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(wide, Red, Token));

        Assert.Equal(["blue"], cache.Find(wide)!.Tenants);
        Assert.Equal(0, cache.Find(wide)!.Readers);
    }

    [Fact]
    public async Task Open_ASharedLoadOverOneTenantsQuota_GoesOnForTheOther()
    {
        using var cache = Cache();
        var gate = new TaskCompletionSource();
        var wide = PartSource.Wide("wide", 2000);
        source.BeforeBatch = (plan, _, cancelled) => plan.Name == "wide" ? gate.Task.WaitAsync(cancelled) : Task.CompletedTask;
        using var a = await cache.OpenAsync(A, Red, Token);
        var blue = cache.OpenAsync(wide, Blue, Token);
        var red = cache.OpenAsync(wide, Red, Token);
        gate.SetResult();

        var error = await Assert.ThrowsAsync<CacheFullException>(() => red);
        Assert.Contains("the tenant 'red' is charged", error.Message, StringComparison.Ordinal);
        using var lease = await blue;
        Assert.Equal(2000, lease.Store.Rows);
        Assert.Equal(["blue"], cache.Find(wide)!.Tenants);
    }

    [Fact]
    public async Task Open_ALoadThatOutgrowsTheQuota_FailsAndKeepsNothing()
    {
        using var cache = Cache();
        var wide = PartSource.Wide("wide", 2000);
        var tight = new FlightTenant("red", LoadEstimate.Of(wide) + 1000);

        await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(wide, tight, Token));

        Assert.Equal((0L, 0L), (cache.UsedBytes, allocator.Bytes));
        Assert.True(allocator.Peak > 0);
        Assert.Empty(cache.List());
    }

    private static IEnumerable<string> Names(DatasetCache cache) => cache.List().Select(cached => cached.Name).Order();

    private DatasetCache Cache() => new(source, new FlightOptions { MemoryBudgetBytes = 10 << 20 }, allocator: allocator);
}
