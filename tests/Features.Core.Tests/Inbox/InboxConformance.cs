using Features.Core.Inbox;
using Microsoft.Extensions.Time.Testing;

namespace Features.Core.Tests.Inbox;

/// <summary>What every inbox must do. An adapter derives and says how one is opened; opening twice gives two doors to one inbox, as two processes have.</summary>
public abstract class InboxConformance
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private int events;

    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    protected abstract IInbox Open();

    private Arrival Object(string key, string etag = "v1", string pipeline = "p", string? id = null) => new("test", id ?? $"e{++events}", pipeline, $"/landing/{key}", etag, 10);

    private static async Task<ClaimedBatch> ClaimAsync(IInbox inbox) => (await inbox.ClaimAsync("w", Lease, default))!;

    private static BatchOutcome Done { get; } = new(3, 2, 1, 11, 12, null);

    [Fact]
    public async Task Accept_NewObjects_NumbersEachPipelineFromOneWithoutGaps()
    {
        var inbox = Open();
        var answers = new List<Acceptance>();
        foreach (var (key, pipeline) in new[] { ("a", "p"), ("b", "p"), ("a", "q"), ("c", "p") })
        {
            answers.Add(await inbox.AcceptAsync(Object(key, pipeline: pipeline), default));
        }

        Assert.Equal([new("p", 1, false), new("p", 2, false), new("q", 1, false), new("p", 3, false)], answers);
    }

    [Fact]
    public async Task Accept_SameEventTwice_IsOneBatch()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a", id: "same"), default);
        var again = await Open().AcceptAsync(Object("a", etag: "v2", id: "same"), default);
        Assert.Equal(new Acceptance("p", 1, Duplicate: true), again);
        Assert.Single(await inbox.ListAsync(null, default));
    }

    [Fact]
    public async Task Accept_SameVersionOfAnObjectByAnotherEvent_IsOneBatch_AndALaterVersionAnother()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a"), default);
        Assert.True((await inbox.AcceptAsync(Object("a"), default)).Duplicate);
        Assert.Equal(new Acceptance("p", 2, Duplicate: false), await inbox.AcceptAsync(Object("a", etag: "v2"), default));
    }

    [Fact]
    public async Task Accept_NewEventForAnObjectWhoseBatchFailed_IsANewBatch_ButTheOldEventIsNot()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a", id: "first"), default);
        await inbox.CompleteAsync(await ClaimAsync(inbox), new BatchOutcome(0, 0, 0, null, null, "broken"), default);
        Assert.True((await inbox.AcceptAsync(Object("a", id: "first"), default)).Duplicate);
        Assert.Equal(new Acceptance("p", 2, Duplicate: false), await inbox.AcceptAsync(Object("a", id: "second"), default));
    }

    [Fact]
    public async Task Accept_FromManyThreadsAtOnce_NumbersEachObjectOnce()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => Open().AcceptAsync(new Arrival("test", $"event-{i}", "p", $"/landing/{i % 20}", "v", null), default))));
        Assert.Equal(20, answers.Count(a => !a.Duplicate));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), answers.Where(a => !a.Duplicate).Select(a => a.Sequence).Order());
    }

    [Fact]
    public async Task Claim_SeveralWorkers_EachGetsTheOldestThatNobodyHolds()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a"), default);
        await inbox.AcceptAsync(Object("b"), default);
        Assert.Equal(1, (await ClaimAsync(inbox)).Sequence);
        Assert.Equal(2, (await ClaimAsync(Open())).Sequence);
        Assert.Null(await inbox.ClaimAsync("w", Lease, default));
    }

    [Fact]
    public async Task Claim_AfterALeaseRanOut_GivesTheBatchAgainWithTheSameRun_AndFencesTheFormerHolder()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a"), default);
        var first = await ClaimAsync(inbox);
        Clock.Advance(Lease - TimeSpan.FromMilliseconds(1));
        Assert.Null(await inbox.ClaimAsync("w2", Lease, default));
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var second = await ClaimAsync(inbox);

        Assert.Equal((first.RunId, 2), (second.RunId, second.Attempt));
        Assert.True(second.Token > first.Token);
        Assert.False(await inbox.ExtendAsync(first, Lease, default));
        await inbox.ReleaseAsync(first, TimeSpan.Zero, countAttempt: true, default);
        await inbox.CompleteAsync(first, Done, default);
        Assert.Equal("claimed", Assert.Single(await inbox.ListAsync("p", default)).State);
        Assert.True(await inbox.ExtendAsync(second, Lease, default));
    }

    [Fact]
    public async Task Extend_BeforeTheLeaseRunsOut_KeepsTheBatch()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a"), default);
        var batch = await ClaimAsync(inbox);
        Clock.Advance(Lease / 2);
        Assert.True(await inbox.ExtendAsync(batch, Lease, default));
        Clock.Advance(Lease * 0.75);
        Assert.Null(await inbox.ClaimAsync("w2", Lease, default));
    }

    [Fact]
    public async Task Release_WithADelay_HoldsTheBatchBackThatLong()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a"), default);
        await inbox.ReleaseAsync(await ClaimAsync(inbox), TimeSpan.FromSeconds(5), countAttempt: true, default);
        Assert.Null(await inbox.ClaimAsync("w", Lease, default));
        Assert.Equal("pending", Assert.Single(await inbox.ListAsync("p", default)).State);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, (await ClaimAsync(inbox)).Attempt);
    }

    [Fact]
    public async Task Release_WithoutCounting_GivesTheSameAttemptAgain()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a"), default);
        var first = await ClaimAsync(inbox);
        await inbox.ReleaseAsync(first, TimeSpan.Zero, countAttempt: false, default);
        var second = await ClaimAsync(inbox);
        Assert.Equal(1, second.Attempt);
        Assert.NotEqual(first.Token, second.Token);
    }

    [Fact]
    public async Task Complete_Twice_KeepsTheFirstOutcome()
    {
        var inbox = Open();
        await inbox.AcceptAsync(Object("a"), default);
        var batch = await ClaimAsync(inbox);
        await inbox.CompleteAsync(batch, Done, default);
        await inbox.CompleteAsync(batch, Done with { Read = 99 }, default);
        var record = Assert.Single(await Open().ListAsync("p", default));
        Assert.Equal(("done", Done), (record.State, record.Outcome));
        Assert.Null(await inbox.ClaimAsync("w", Lease, default));
    }

    [Fact]
    public async Task Predecessors_OfABatch_CountsTheUnfinishedBetween_AndThoseThatCanBeClaimed()
    {
        var inbox = Open();
        var held = new List<ClaimedBatch>();
        for (var i = 0; i < 4; i++)
        {
            await inbox.AcceptAsync(Object($"{i}"), default);
            held.Add(await ClaimAsync(inbox));
        }

        await inbox.CompleteAsync(held[1], Done, default);
        Assert.Equal(new Predecessors(2, 0), await inbox.PredecessorsAsync(held[3], 0, default));
        await inbox.ReleaseAsync(held[2], TimeSpan.Zero, countAttempt: true, default);
        Assert.Equal(new Predecessors(1, 1), await inbox.PredecessorsAsync(held[3], 1, default));
    }

    [Fact]
    public async Task GetId_OfOneInbox_IsTheSameForEver() => Assert.Equal(await Open().GetIdAsync(default), await Open().GetIdAsync(default));
}
