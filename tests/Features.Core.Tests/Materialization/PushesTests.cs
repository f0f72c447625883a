using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Core.Registry;
using static Features.Core.Tests.Materialization.MaterializationWorkspace;

namespace Features.Core.Tests.Materialization;

public sealed class PushesTests
{
    private static readonly PushSource Source = new("events") { Table = MaterializationWorkspace.Table };

    private static readonly Reader Pusher = Reader.Local(Pushes.Action);

    [Fact]
    public async Task PushedRow_AnswersAtOnce_AndNeverTwice()
    {
        await using var shop = await Shop.OpenAsync();
        var pushed = await shop.PushAsync(PushTo.OnlineAndOffline, new Event("ada", 1, 30, 31, 8, "pushed"), new Event("eve", 5, 30, 31, 9, "pushed"));

        Assert.Equal((2, 0, 1), ((int)pushed.Rows, (int)pushed.Rejected!, (int)pushed.Sequence!));
        Assert.Equal([("latest", 2L, null), ("counts", 2L, null)], pushed.Views.Select(v => (v.View, v.Rows, v.Problem)));
        Assert.Equal((1, 2), (shop.InTable("latest"), shop.Pushed("latest")));

        // Committed, but not materialised: what was pushed answers still.
        Assert.Equal(2, Assert.Single(await shop.IngestAsync()).Outcome!.Good);
        Assert.Equal((1, 2), (shop.InTable("latest"), shop.Pushed("latest")));

        var result = (await shop.Workspace.RunAsync())[0];
        Assert.Equal(MaterializationMode.Append, result.Mode);
        Assert.Equal((3, 0), (shop.InTable("latest"), shop.Pushed("latest")));
        Assert.Equal((3, 0), (shop.InTable("counts"), shop.Pushed("counts")));
        Assert.All(await shop.Workspace.RunAsync(), r => Assert.Equal(MaterializationMode.Unchanged, r.Mode));
    }

    /// <summary>Over the store that answers: asked between any two durable steps, a count is what was sold, and so is a sum.</summary>
    [Fact]
    public async Task PushedRow_IsCountedOnce_BetweenAnyTwoStepsOfItsMaterialisation()
    {
        await using var shop = new Shop { Workspace = { RowsPerPart = 1 } };
        await using var store = new SqliteOnlineStore(Path.Combine(shop.Workspace.Folder, "online.db"));
        var views = new StoppingViews(new OnlineViews(store, shop.Workspace.Clock));
        await shop.ApplyAsync();
        await using var features = new OnlineFeatures(new OnlinePorts
        {
            Registry = shop.Registry, Store = store, Engine = shop.Workspace.Engine, Policy = new LocalPolicy(), Audit = shop.Workspace.Audit, Clock = shop.Workspace.Clock,
        });
        Task MaterializeAsync() => shop.Workspace.NewMaterializer(views).MaterializeAsync(
            new MaterializeRequest(shop.Workspace.Definitions, Reader.Local(Materializer.Action)) { Views = ["counts"] }, null, TestContext.Current.CancellationToken);
        var (sold, asked) = (1, 0);
        async Task AskAsync()
        {
            asked++;
            var answer = await features.GetAsync(
                new OnlineRequest { Features = ["counts:*"], Entities = new Dictionary<string, IReadOnlyList<FeatureValue>> { ["item"] = [FeatureValue.Of(1L)] }, At = DateTimeOffset.UnixEpoch.AddTicks(150) },
                Reader.Local("online"), TestContext.Current.CancellationToken);
            Assert.Equal([$"{sold}", $"{sold * 10}"], answer.Columns.Where(c => !c.IsKey).Select(c => c.Values[0].ToString()));
        }

        await shop.Workspace.AppendAsync(new Event("ada", 1, 10, 11, 5, "a"));
        await MaterializeAsync();
        var pushes = shop.PushesTo(views);
        for (var round = 0; round < 3; round++)
        {
            for (var push = 0; push < 3; push++)
            {
                using var batch = Batch([new Event("ada", 1, 11 + round, 12, 5, $"{round}{push}"), new Event("bob", 1, 10 + push, 12, 5, $"{round}{push}")]);
                await pushes.PushAsync("events", batch, PushTo.OnlineAndOffline, Pusher, null, TestContext.Current.CancellationToken);
                sold += 2;
                await AskAsync();
            }

            Assert.Equal(3, (await shop.IngestAsync()).Count);
            await AskAsync();
            views.Reached = AskAsync;
            await MaterializeAsync();
            views.Reached = () => Task.CompletedTask;
            await AskAsync();
        }

        Assert.True(asked > 40);
    }

    [Fact]
    public async Task PushSentAgainWithItsId_CountsOnce_AlsoWhenItIsMaterialised()
    {
        await using var shop = await Shop.OpenAsync();
        var row = new Event("ada", 1, 30, 31, 8, "pushed");
        var first = await shop.PushAsync(PushTo.OnlineAndOffline, "order-1", row);
        var again = await shop.PushAsync(PushTo.OnlineAndOffline, "order-1", row);
        Assert.Equal((first.Sequence, 1), (again.Sequence, shop.Pushed("latest")));

        await shop.IngestAsync();
        await shop.Workspace.RunAsync();
        await shop.PushAsync(PushTo.OnlineAndOffline, "order-1", row);
        Assert.Empty(await shop.IngestAsync());
        Assert.Equal((2, 0), (shop.InTable("latest"), shop.Pushed("latest")));

        var other = await Assert.ThrowsAsync<PushException>(() => shop.PushAsync(PushTo.OnlineAndOffline, "order-1", row with { Amount = 9 }));
        Assert.Equal("push-id", other.Code);
    }

    [Fact]
    public async Task PushedRow_OfASourceThatIsDeclaredNoMore_CountsOnceWhenItIsMaterialised()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.PushAsync(PushTo.OnlineAndOffline, new Event("ada", 1, 30, 31, 8, "pushed"));
        await shop.IngestAsync();
        shop.Workspace.Definitions = Declared;

        await shop.Workspace.RunAsync();

        Assert.Equal((2, 0), (shop.InTable("latest"), shop.Pushed("latest")));
    }

    [Fact]
    public async Task OnlineOnly_IsInNoTable_AndOfflineOnlyNotOnlineYet()
    {
        await using var shop = await Shop.OpenAsync();
        Assert.Null((await shop.PushAsync(PushTo.Online, new Event("ada", 1, 30, 31, 8, "online"))).Sequence);
        await shop.PushAsync(PushTo.Offline, new Event("ada", 1, 40, 41, 8, "offline"));
        Assert.Equal((1, 1), (shop.InTable("latest"), shop.Pushed("latest")));

        await shop.IngestAsync();
        await shop.Workspace.RunAsync();
        Assert.Equal((2, 1), (shop.InTable("latest"), shop.Pushed("latest")));
    }

    [Fact]
    public async Task RowThatDoesNotFit_GoesToQuarantine_AndNowhereOnline()
    {
        await using var shop = await Shop.OpenAsync();
        var schema = new Schema([new Field("customer", StringType.Default, true), new Field("item", Int32Type.Default, true), new Field("at", StringType.Default, true), new Field("known", StringType.Default, true), new Field("amount", StringType.Default, true)], null);
        using var rows = new RecordBatch(
            schema,
            [
                new StringArray.Builder().Append("ada").Append("bob").Build(), new Int32Array.Builder().Append(1).Append(2).Build(),
                new StringArray.Builder().Append("1970-01-01 00:00:00.000030").Append("1970-01-01 00:00:00.000030").Build(),
                new StringArray.Builder().Append("1970-01-01 00:00:00.000031").Append("1970-01-01 00:00:00.000031").Build(),
                new StringArray.Builder().Append("12").Append("dear").Build(),
            ],
            2);

        var pushed = await shop.Pushes.PushAsync("events", rows, PushTo.OnlineAndOffline, Pusher, null, TestContext.Current.CancellationToken);

        Assert.Equal((1, 1), ((int)pushed.Rejected!, shop.Pushed("latest")));
        Assert.Equal("30/31 12|∅", shop.Workspace.Views.PushedTo("latest").Select(p => $"{p.Row.Event}/{p.Row.Available} {p.Row.Cells.Split('|')[0]}|{p.Row.Cells.Split('|')[1]}").Single());
        var outcome = Assert.Single(await shop.IngestAsync()).Outcome!;
        Assert.Equal((1, 1), ((int)outcome.Good, (int)outcome.Quarantined));
    }

    [Fact]
    public async Task BatchWithoutAGoodRow_IsForgottenOnline_OnceTheTableSaysSo()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.PushAsync(PushTo.OnlineAndOffline, new Event("ada", 1, 30, 31, 8, "first"));
        await shop.IngestAsync();
        await shop.Workspace.RunAsync();
        Assert.Equal(1, (await shop.Workspace.Views.FindAsync("latest", default))!.Sources.Single().PushedThrough["events"]);

        // Its file is spoilt before it is ingested, so the batch fails and is voided; no snapshot is made.
        await shop.PushAsync(PushTo.OnlineAndOffline, "spoilt", new Event("ada", 1, 50, 51, 8, "second"));
        await File.WriteAllTextAsync(Path.Combine(shop.Workspace.Folder, "push", "events", "spoilt.arrow"), "", TestContext.Current.CancellationToken);
        Assert.NotNull(Assert.Single(await shop.IngestAsync()).Outcome!.Error);
        Assert.Equal(1, shop.Pushed("latest"));

        await shop.Workspace.RunAsync();
        Assert.Equal((2, 0), (shop.InTable("latest"), shop.Pushed("latest")));
    }

    [Fact]
    public async Task WhatIsWrong_IsNamed()
    {
        await using var shop = await Shop.OpenAsync();
        var schema = new Schema([new Field("custmer", StringType.Default, true)], null);
        using var rows = new RecordBatch(schema, [new StringArray.Builder().Append("ada").Build()], 1);
        var columns = await Assert.ThrowsAsync<PushException>(() => shop.Pushes.PushAsync("events", rows, PushTo.Online, Pusher, null, TestContext.Current.CancellationToken));
        Assert.Contains("customer", columns.Message, StringComparison.Ordinal);
        var source = await Assert.ThrowsAsync<PushException>(() => shop.Pushes.PushAsync("event", rows, PushTo.Online, Pusher, null, TestContext.Current.CancellationToken));
        Assert.Contains("events", source.Message, StringComparison.Ordinal);
        var id = await Assert.ThrowsAsync<PushException>(() => shop.PushAsync(PushTo.Offline, "../x", new Event("ada", 1, 1, 1, 1, "")));
        Assert.Equal("push-id", id.Code);
    }

    /// <summary>A shop with one materialised row, a push source, and ingestion.</summary>
    private sealed class Shop : IAsyncDisposable, IPipelines
    {
        public MaterializationWorkspace Workspace { get; } = new() { Definitions = new DefinitionSet([Source]).Over(Declared) };

        public SqliteRegistry Registry => new(Path.Combine(Workspace.Folder, "registry.db"), Workspace.Clock);

        public Pushes Pushes => PushesTo(Workspace.Views);

        public Pushes PushesTo(IOnlineViews views) => new(new PushPorts
        {
            Registry = Registry,
            Gate = Workspace.Gate,
            Engine = Workspace.Engine,
            Views = views,
            Ingest = new PushIngest(Workspace.Inbox, Workspace.Folder, Workspace.Clock),
        });

        public Task<RegistryPlan> ApplyAsync() => Registry.ApplyAsync(Workspace.Definitions, default);

        public static async Task<Shop> OpenAsync()
        {
            var shop = new Shop();
            await shop.ApplyAsync();
            await shop.Workspace.AppendAsync(new Event("ada", 1, 10, 11, 5, "a"));
            await shop.Workspace.RunAsync();
            return shop;
        }

        public Task<PushResult> PushAsync(PushTo to, params Event[] rows) => PushAsync(to, null, rows);

        public async Task<PushResult> PushAsync(PushTo to, string? id, params Event[] rows)
        {
            using var batch = Batch(rows);
            return await Pushes.PushAsync("events", batch, to, Pusher, id, TestContext.Current.CancellationToken);
        }

        public async Task<IReadOnlyList<IngestResult>> IngestAsync()
        {
            var ports = new IngestPorts
            {
                Inbox = Workspace.Inbox, Pipelines = this, Catalog = Workspace.Catalog, Files = Workspace.Format, Engine = Workspace.Engine, Gate = Workspace.Gate, Lineage = Workspace.Lineage, Clock = Workspace.Clock,
            };
            var results = new List<IngestResult>();
            var worker = new InboxWorker(Workspace.Inbox, new Ingestor(ports, new IngestOptions()), new IngestOptions(), Workspace.Clock);
            while (await worker.RunOnceAsync("test", TestContext.Current.CancellationToken) is { } result)
            {
                results.Add(result);
            }

            return results;
        }

        public int InTable(string view) => Workspace.Views.RowsOf(view).Sum(k => k.Value.Count);

        public int Pushed(string view) => Workspace.Views.PushedTo(view).Count;

        public async ValueTask<IReadOnlyList<AppliedPipeline>> ListAsync(CancellationToken cancellationToken) =>
            [PushPipeline.Of(Source, (await Workspace.OpenAsync()).Metadata.CurrentSchema)];

        public ValueTask DisposeAsync() => Workspace.DisposeAsync();
    }
}
