using Features.Core.Definitions;
using Features.Core.Ingestion;
using Features.Core.Online;
using Features.Core.Skew;
using Features.Core.Tests.Materialization;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Transactions;
using static Features.Core.Online.FeatureValue;
using static Features.Core.Tests.Materialization.MaterializationWorkspace;
using static Features.Core.Tests.Skew.Answers;

namespace Features.Core.Tests.Skew;

public sealed class SkewCheckTests
{
    // What is expected of these is worked out by hand.
    private static readonly Event[] Some = [new("ada", 1, 10, 11, 5, "a"), new("ada", 1, 20, 21, 6, "b"), new("bob", 1, 10, 12, null, "c")];

    private static OnlineColumn LastAmount(FeatureValue value, FeatureStatus? status = null) => With(Column("last_amount", "latest:last_amount", value), status);

    private static OnlineColumn Events(long value, FeatureStatus? status = null) => With(Column("events_9us", "counts:events_9us", Of(value)), status);

    [Fact]
    public async Task Answers_ThatAreRight_DifferInNothing()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        OnlineViewState[] states = [await workspace.StateAsync("latest"), await workspace.StateAsync("counts")];
        workspace.Log1(25, "ada", 1, states, LastAmount(Of(6L)), Column("amount_5us", "latest:amount_5us", Null), Events(1));
        workspace.Log1(21, "ada", 1, states, LastAmount(Of(5L)), Column("amount_5us", "latest:amount_5us", Null), Events(1));
        workspace.Log1(22, "ada", 1, states, LastAmount(Of(6L)), Column("amount_5us", "latest:amount_5us", Of(6L)), Events(1));
        workspace.Log1(15, "bob", 1, states, LastAmount(Null), Column("amount_5us", "latest:amount_5us", Null), Events(2));
        workspace.Log1(9, "bob", 1, states, LastAmount(Null, FeatureStatus.NotFound), With(Column("amount_5us", "latest:amount_5us", Null), FeatureStatus.NotFound), Events(0));
        workspace.Log1(40, "eve", 1, states, LastAmount(Null, FeatureStatus.NotFound), With(Column("amount_5us", "latest:amount_5us", Null), FeatureStatus.NotFound), Events(0));

        var report = await workspace.CheckAsync();

        Assert.False(report.HasDifferences, string.Join('\n', report.Features.SelectMany(f => f.Examples)));
        Assert.Equal((6, 6, 0), (report.Answers, report.Rows, report.Unreadable));
        Assert.Equal(["counts:events_9us", "latest:amount_5us", "latest:last_amount"], report.Features.Select(f => f.Feature));
        Assert.All(report.Features, f => Assert.Equal((6, 6, 0), (f.Compared, f.Equal, f.NotReplayed.Count)));
        Assert.Equal((0, 0), (report.Features[2].MaxAbsoluteDifference, report.Features[2].MaxRelativeDifference));
    }

    [Fact]
    public async Task AValueThatWasTampered_IsToldOfThatFeatureOnly()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        OnlineViewState[] states = [await workspace.StateAsync("latest"), await workspace.StateAsync("counts")];
        workspace.Log1(25, "ada", 1, states, LastAmount(Of(8L)), Events(1));
        workspace.Log1(25, "ada", 1, states, LastAmount(Of(6L)), Events(1));

        var report = await workspace.CheckAsync();

        Assert.True(report.HasDifferences);
        Assert.Equal((2, 2, 0, 0), (report.Features[0].Compared, report.Features[0].Equal, report.Features[0].Differing, report.Features[0].Examples.Count));
        var skew = report.Features[1];
        Assert.Equal(("latest:last_amount", 2, 1, 1, 0, 2.0, 0.25), (skew.Feature, skew.Compared, skew.Equal, skew.Differing, skew.StatusMismatches, skew.MaxAbsoluteDifference, skew.MaxRelativeDifference));
        var example = Assert.Single(skew.Examples);
        Assert.Equal((Of(8L), FeatureStatus.Present, Of(6L), FeatureStatus.Present), (example.Online, example.OnlineStatus, example.Offline, example.OfflineStatus));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(250), example.At);
        Assert.Equal(("ada", "1"), (example.Keys["customer"].ToString(), example.Keys["item"].ToString()));
        Assert.False((await workspace.CheckAsync(r => r with { Tolerance = 2 })).HasDifferences);
        Assert.Equal(1, (await workspace.CheckAsync(r => r with { Tolerance = 0.24 })).Features[1].Differing);
    }

    [Fact]
    public async Task AStatusThatIsWrong_IsTold_ThoughTheValueIsRight()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        workspace.Log1(15, "bob", 1, [await workspace.StateAsync("latest")], LastAmount(Null, FeatureStatus.NotFound));

        var skew = Assert.Single((await workspace.CheckAsync()).Features);

        Assert.Equal((1, 0, 1), (skew.Equal, skew.Differing, skew.StatusMismatches));
        Assert.Equal((FeatureStatus.NotFound, FeatureStatus.NullValue), (skew.Examples[0].OnlineStatus, skew.Examples[0].OfflineStatus));
    }

    [Fact]
    public async Task RowsThatCameLater_AreNoDifference()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        OnlineViewState[] states = [await workspace.StateAsync("latest"), await workspace.StateAsync("counts")];
        workspace.Log1(25, "ada", 1, states, LastAmount(Of(6L)), Events(1));
        await workspace.Tables.AppendAsync(new Event("ada", 1, 24, 24, 99, "late"));

        Assert.False((await workspace.CheckAsync()).HasDifferences);

        // Answers of the next state are compared with the next state.
        states = [await workspace.StateAsync("latest"), await workspace.StateAsync("counts")];
        workspace.Log1(25, "ada", 1, states, LastAmount(Of(99L)), Events(2));
        var report = await workspace.CheckAsync();
        Assert.False(report.HasDifferences);
        Assert.All(report.Features, f => Assert.Equal(2, f.Equal));
    }

    [Fact]
    public async Task ADefinitionThatWasChanged_IsToldOfTheFeaturesThatItChanges()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        workspace.Log1(25, "ada", 1, [await workspace.StateAsync("latest")], LastAmount(Of(6L)), Column("last_note", "latest:last_note", Of("b")));
        var view = Declared.Find<FeatureView>("latest")!;
        await workspace.ApplyAsync(new DefinitionSet([view with { Features = [.. view.Features.Select(f => f.Name == "last_amount" ? f with { Expression = "amount + 1" } : f)] }, .. Declared.Definitions.Where(d => d.Name != "latest")]));

        var report = await workspace.CheckAsync();

        Assert.Equal([(1, 1), (0, 0)], report.Features.Select(f => ((int)f.Differing, (int)f.UnderEarlierDefinition)));
        Assert.Equal(Of(7L), report.Features[0].Examples[0].Offline);
    }

    [Fact]
    public async Task AColumnThatWasRenamed_IsComparedUnderTheNameThatItHasNow()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        workspace.Log1(25, "ada", 1, [await workspace.StateAsync("latest")], LastAmount(Of(6L)));
        await (await workspace.Tables.OpenAsync()).NewTransaction().Add(new UpdateSchema().RenameColumn("amount", "total")).CommitAsync(TestContext.Current.CancellationToken);
        var view = Declared.Find<FeatureView>("latest")!;
        await workspace.ApplyAsync(new DefinitionSet([view with { Features = [view.Features.First(f => f.Name == "last_amount") with { Expression = "total" }] }, .. Declared.Definitions.Where(d => d.Name != "latest")]));

        var report = await workspace.CheckAsync();

        Assert.False(report.HasDifferences);
        Assert.Equal(1, report.Features.Single(f => f.Feature == "latest:last_amount").Equal);
    }

    [Fact]
    public async Task WhatCannotBeReplayed_IsCountedWithTheReason()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        var state = await workspace.StateAsync("latest");
        workspace.Log1(25, "ada", 1, [state], LastAmount(Of(7L)), Column("gone", "latest:gone", Of(1L)), Events(3));
        workspace.Log1(25, "ada", 1, [state with { Sources = [state.Sources[0] with { Uuid = Guid.AllBitsSet }] }], LastAmount(Of(7L)));
        workspace.Log1(25, "ada", 1, [state with { Sources = [state.Sources[0] with { Table = "shop.nothing" }] }], LastAmount(Of(7L)));
        workspace.Log1(25, "ada", 1, [state with { Sources = [state.Sources[0] with { SnapshotId = null }] }], LastAmount(Of(7L)));
        await workspace.Tables.AppendAsync(Some);
        await workspace.Tables.ExpireAsync(retain: 1);

        var report = await workspace.CheckAsync();

        Assert.False(report.HasDifferences);
        Assert.Equal(["counts:events_9us", "latest:gone", "latest:last_amount"], report.Features.Select(f => f.Feature));
        Assert.Equal("the answer does not say at which snapshot view 'counts' was", report.Features[0].NotReplayed.Single().Key);
        Assert.Equal("no definition in force has it", report.Features[1].NotReplayed.Single().Key);
        Assert.Equal(
            ["a snapshot of table 'shop.events' has expired", "table 'shop.events' had no snapshot yet", "table 'shop.events' was replaced by another of its name", "table 'shop.nothing' is gone"],
            report.Features[2].NotReplayed.Keys);
        Assert.All(report.Features, f => Assert.Equal(0, f.Compared));
    }

    [Fact]
    public async Task PushedRows_AreComparedWithTheFirstSnapshotThatHasThem()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.ApplyAsync(new DefinitionSet([.. Declared.Definitions, new PushSource("clicks") { Table = Table }]));
        await workspace.Tables.AppendAsync(Some);
        var state = await workspace.StateAsync("latest") with { Pushed = new Dictionary<string, long> { ["clicks"] = 2 } };
        workspace.Log1(25, "ada", 1, [state], LastAmount(Of(70L)));
        workspace.Log1(25, "bob", 1, [state], LastAmount(Null));

        // Not there yet: what differs is not settled, what is equal is equal.
        var skew = Assert.Single((await workspace.CheckAsync()).Features);
        Assert.Equal((2, 1, 1, 0), (skew.Compared, skew.Equal, skew.Unsettled, skew.Differing));

        await PushAsync(workspace, 1, new Event("ada", 1, 22, 22, 7, "p"));
        await PushAsync(workspace, 2, new Event("ada", 1, 23, 23, 70, "q"));
        await PushAsync(workspace, 3, new Event("ada", 1, 24, 24, 700, "not seen"));
        await workspace.Tables.AppendAsync(new Event("ada", 1, 24, 24, 7000, "not seen either"));

        skew = Assert.Single((await workspace.CheckAsync()).Features);
        Assert.Equal((2, 2, 0, 0), (skew.Compared, skew.Equal, skew.Unsettled, skew.Differing));

        workspace.Log1(25, "ada", 1, [state], LastAmount(Of(71L)));
        skew = Assert.Single((await workspace.CheckAsync()).Features);
        Assert.Equal((3, 2, 0, 1), (skew.Compared, skew.Equal, skew.Unsettled, skew.Differing));
    }

    [Fact]
    public async Task PushedRows_ThatNoSnapshotHoldsAlone_MakeWhatDiffersUnsettled()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.ApplyAsync(new DefinitionSet([.. Declared.Definitions, new PushSource("clicks") { Table = Table }]));
        await workspace.Tables.AppendAsync(Some);
        var state = await workspace.StateAsync("latest");
        var pushed = state with { Pushed = new Dictionary<string, long> { ["clicks"] = 1 } };
        workspace.Log1(25, "ada", 1, [pushed], LastAmount(Of(7L)));
        workspace.Log1(25, "bob", 1, [pushed], LastAmount(Null));
        workspace.Log1(25, "ada", 1, [state with { HasOnlineOnlyRows = true }], LastAmount(Of(8L)));
        await workspace.Tables.AppendAsync(new Event("ada", 1, 24, 24, 700, "came between"));
        await PushAsync(workspace, 1, new Event("ada", 1, 22, 22, 7, "p"));

        var skew = Assert.Single((await workspace.CheckAsync()).Features);

        Assert.Equal((3, 1, 2, 0, 0), (skew.Compared, skew.Equal, skew.Unsettled, skew.Differing, skew.StatusMismatches));
        Assert.Empty(skew.Examples);
    }

    [Fact]
    public async Task ViewsAtDifferentSnapshotsOfOneTable_AreEachComparedWithTheirOwn()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.Tables.AppendAsync(Some);
        var latest = await workspace.StateAsync("latest");
        await workspace.Tables.AppendAsync(new Event("ada", 1, 24, 24, 9, "later"));
        workspace.Log1(25, "ada", 1, [latest, await workspace.StateAsync("counts")], LastAmount(Of(6L)), Events(2));

        var report = await workspace.CheckAsync();

        Assert.False(report.HasDifferences);
        Assert.All(report.Features, f => Assert.Equal(1, f.Equal));
    }

    [Fact]
    public async Task AliasesAndOnDemandFeatures_AreReplayedWithWhatTheRequestBrought()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        await workspace.ApplyAsync(new DefinitionSet(
        [
            .. Declared.Definitions,
            new OnDemandView("scaled") { Inputs = ["latest:last_amount"], Request = [new RequestField("factor", "double")], Features = [new Feature("amount", "last_amount * factor")] },
        ]));
        await workspace.Tables.AppendAsync([.. Some, new("ada", 2, 20, 21, 60, "two")]);
        var entities = new Dictionary<string, IReadOnlyList<FeatureValue>> { ["customer"] = [Of("ada")], ["item"] = [Of(1L)], ["other"] = [Of(2L)], ["factor"] = [Of(2L)] };
        OnlineColumn[] columns = [LastAmount(Of(6L)), Column("o__last_amount", "latest[item=other]@o:last_amount", Of(60L)), Column("amount", "scaled:amount", Of(12.5))];
        workspace.Log.Offer(
            new OnlineRequest { Entities = entities }, new OnlineAnswer(1, DateTimeOffset.UnixEpoch.AddTicks(250), columns) { Views = [await workspace.StateAsync("latest")] });

        var report = await workspace.CheckAsync();

        Assert.Equal(
            [("latest:last_amount", 1, 0), ("latest[item=other]@o:last_amount", 1, 0), ("scaled:amount", 0, 1)],
            report.Features.Select(f => (f.Feature, (int)f.Equal, (int)f.Differing)));
        Assert.Equal(Of(12.0), report.Features[2].Examples[0].Offline);
        Assert.Equal("2", report.Features[2].Examples[0].Keys["factor"].ToString());
    }

    [Fact]
    public async Task AnswersOfATimeOrService_AreChosen()
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        workspace.Tables.Clock.AutoAdvanceAmount = TimeSpan.Zero;
        var began = workspace.Tables.Clock.GetUtcNow();
        foreach (var service in new[] { "a", "b", "a" })
        {
            var (request, answer) = Counting(2, service: service);
            workspace.Log.Offer(request, answer);
            workspace.Tables.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal((3, 6), await CountAsync(r => r));
        Assert.Equal((2, 4), await CountAsync(r => r with { Service = "a" }));
        Assert.Equal((2, 4), await CountAsync(r => r with { Since = began.AddHours(1) }));
        Assert.Equal((1, 2), await CountAsync(r => r with { Until = began.AddHours(1) }));
        Assert.Equal((0, 0), await CountAsync(r => r with { Since = began.AddHours(3) }));

        async Task<(long, long)> CountAsync(Func<SkewRequest, SkewRequest> change)
        {
            var report = await workspace.CheckAsync(change);
            return (report.Answers, report.Rows);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(1_000)]
    public async Task ABoundOnMemory_ChangesNothing(long maxHeldValues)
    {
        await using var workspace = await SkewWorkspace.OpenAsync();
        var states = new List<OnlineViewState>();
        for (var i = 0; i < 3; i++)
        {
            await workspace.Tables.AppendAsync(new Event("ada", 1, 10 + i, 10 + i, i, "a"));
            states.Add(await workspace.StateAsync("latest"));
        }

        for (var i = 0; i < 30; i++)
        {
            workspace.Log1(25, "ada", 1, [states[i % 3]], LastAmount(Of(i == 7 ? 100L : i % 3)));
        }

        var skew = Assert.Single((await workspace.CheckAsync(maxHeldValues: maxHeldValues)).Features);

        Assert.Equal((30, 29, 1), (skew.Compared, skew.Equal, skew.Differing));
    }

    private static OnlineColumn With(OnlineColumn column, FeatureStatus? status)
    {
        column.Statuses[0] = status ?? column.Statuses[0];
        return column;
    }

    /// <summary>Appends as ingesting a pushed batch does.</summary>
    private static async Task PushAsync(SkewWorkspace workspace, long sequence, Event row)
    {
        var progress = new Progress(await workspace.Tables.Inbox.GetIdAsync(default), PushPipeline.NameOf("clicks"));
        await new TableRows(await workspace.Tables.OpenAsync(), workspace.Tables.Format) { Summary = progress.Summary(sequence) }.AppendAsync(new[] { Batch([row]) }.ToAsyncEnumerable());
        await (await workspace.Tables.OpenAsync()).NewTransaction().Add(new SetProperties(progress.Reached(sequence))).CommitAsync(default);
    }
}
