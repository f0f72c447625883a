using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Cache;

public sealed class FollowedDatasetsTests : IDisposable
{
    private static readonly StorePlan Old = PartSource.Narrow("a", 1000, "1");
    private static readonly StorePlan New = PartSource.Narrow("a", 1200, "2");
    private readonly FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch);
    private readonly CountingAllocator allocator = new();
    private readonly PartSource source = new();
    private readonly DatasetCache cache;

    public FollowedDatasetsTests()
    {
        cache = new DatasetCache(source, new FlightOptions { MemoryBudgetBytes = 40_000 }, clock, allocator);
        source.Newest["a"] = Old.Dataset;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Offer_OfANewerVersion_IsGivenFromTheFirstEpochThatNobodyHasBegun()
    {
        Assert.Equal(Old, Begin(0));
        (await cache.OpenAsync(Old, Token)).Dispose();

        await OfferAsync(New.Dataset);

        Assert.True(cache.Find(New) is { IsReady: true, IsPinned: false, HeldUntil: not null });
        Assert.Equal((Old, New, Old, New), (Begin(0), Begin(1), Begin(0), Begin(1)));
        Assert.Equal([new FollowedDataset("a", New.Dataset.Digest, New.Dataset.Digest)], cache.ListFollowed());
    }

    [Fact]
    public async Task Offer_ThatOneJobsFilterDoesNotFit_IsGivenToTheOthers()
    {
        cache.Follow("filtered", 0, new DatasetSelection("a") { Filter = "gone > 1" }, Old, FlightTenant.Local, clock.GetUtcNow().AddHours(1));
        Assert.Equal(Old, Begin(0));
        source.Newest["a"] = New.Dataset;
        source.IsRefused = selection => selection.Filter is not null;

        await Assert.ThrowsAsync<FormatException>(() => cache.OfferAsync("a", Token));

        Assert.Equal(New, Begin(1));
    }

    [Fact]
    public async Task Begin_WithANewerVersion_WarmsItBesideTheOneInUse()
    {
        var gate = new TaskCompletionSource();
        source.BeforeBatch = (plan, _, cancelled) => plan.Digest == New.Dataset.Digest ? gate.Task.WaitAsync(cancelled) : Task.CompletedTask;
        Assert.Equal(Old, Begin(3));
        (await cache.OpenAsync(Old, Token)).Dispose();

        source.Newest["a"] = New.Dataset;
        Assert.Equal((Old, Old), (Begin(3), Begin(4)));
        Assert.Equal(New.Dataset.Digest, Assert.Single(cache.ListFollowed()).Warming);
        gate.SetResult();
        await cache.WarmAsync(New, Token);
        SpinWait.SpinUntil(() => cache.ListFollowed()[0].Warming is null, TimeSpan.FromMinutes(1));

        Assert.Equal((Old, New), (Begin(4), Begin(5)));
        Assert.Equal(2, source.Reads);
    }

    [Fact]
    public async Task Offer_OfAVersionThatCannotBeLoaded_KeepsTheOldOneAndSaysWhy()
    {
        source.BeforeBatch = (plan, _, _) => plan.Digest == New.Dataset.Digest ? throw new IOException("the disk is gone") : Task.CompletedTask;
        Begin(0);

        await OfferAsync(New.Dataset);

        Assert.Equal((Old, Old), (Begin(0), Begin(1)));
        Assert.Contains("the disk is gone", Assert.Single(cache.ListFollowed()).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offer_ANameThatChanged_IsResolvedAsEachJobAskedForIt()
    {
        Begin(0);
        source.Newest["a"] = New.Dataset;

        await cache.OfferAsync("other", Token);
        Assert.Equal(0, source.Reads);
        await cache.OfferAsync("a", Token);

        Assert.Equal((Old, New), (Begin(0), Begin(1)));
    }

    [Fact]
    public async Task Offer_OfAnotherFilterOrOutcome_IsNoNewerVersion()
    {
        Begin(0);

        await cache.OfferAsync(New.Dataset with { Filter = "x > 1" });
        await cache.OfferAsync(New.Dataset with { Outcome = "masked" });
        await cache.OfferAsync(New.Dataset with { Name = "b" });

        Assert.Equal((Old, 0), (Begin(1), source.Reads));
    }

    [Fact]
    public async Task Begin_OfTheNextVersion_ReleasesTheOldOneWhenNoTicketHoldsIt()
    {
        Begin(0);
        (await cache.OpenAsync(Old, Token)).Dispose();
        cache.Hold("ticket of epoch 0", Old, FlightTenant.Local, clock.GetUtcNow().AddMinutes(5));
        await OfferAsync(New.Dataset);
        Assert.Equal(0, cache.Evict("a").Evicted);

        Begin(1);
        Assert.Equal((0, 2), cache.Evict("a"));
        clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal((1, 1), cache.Evict("a"));
        Assert.Null(cache.Find(Old));
        clock.Advance(TimeSpan.FromMinutes(55));
        Assert.Equal((1, 0), cache.Evict("a"));
        Assert.Empty(cache.ListFollowed());
    }

    [Fact]
    public async Task Offer_WithoutRoomForBoth_KeepsTheOldOneAndSaysWhatHoldsTheMemory()
    {
        var large = PartSource.Narrow("a", 3000, "3");
        Begin(0);
        (await cache.OpenAsync(Old, Token)).Dispose();

        await OfferAsync(large.Dataset);

        Assert.Equal(Old, Begin(1));
        Assert.Contains("held: 'a' (12000 bytes, leased until", Assert.Single(cache.ListFollowed()).Fault, StringComparison.Ordinal);
        Assert.True(cache.Find(Old)!.IsReady);
    }

    public void Dispose()
    {
        cache.Dispose();
        Assert.Equal(0, allocator.Bytes);
    }

    // A rank resolves the name, and begins an epoch.
    private StorePlan Begin(long epoch) =>
        cache.Follow("job", epoch, new DatasetSelection("a"), new StorePlan(source.Newest["a"]), FlightTenant.Local, clock.GetUtcNow().AddHours(1));

    private Task OfferAsync(DatasetPlan newest)
    {
        source.Newest["a"] = newest;
        return cache.OfferAsync(newest);
    }
}
