using Apache.Arrow;
using Apache.Arrow.Types;
using CsCheck;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Core.PointInTime;
using Features.Core.Registry;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using PrimitiveType = Features.Iceberg.Spec.PrimitiveType;
using Schema = Apache.Arrow.Schema;
using static Features.Core.Tests.Materialization.MaterializationWorkspace;

namespace Features.Core.Tests.Materialization;

/// <summary>Materialisation into the store that answers: what is answered is what the historical join gives.</summary>
public sealed class StoredMaterializationTests
{
    private static readonly Reader Asking = Reader.Local("online");

    [Fact]
    public async Task AnyHistory_IsAnsweredAsTheJoinGives_AlsoWhereStepsWereStopped() => await Gen.Int[1, 1_000_000].SampleAsync(
        async seed =>
        {
            var random = new Random(seed);
            await using var workspace = new MaterializationWorkspace { RowsPerPart = random.Next(1, 9) };
            await using var store = new SqliteOnlineStore(Path.Combine(workspace.Folder, "online.db"));
            var views = new StoppingViews(new OnlineViews(store, workspace.Clock));
            await using var features = await FeaturesOf(workspace, store);
            await workspace.AppendAsync(Histories.NewRows(random, 20));
            for (var step = 0; step < 4; step++)
            {
                await Histories.ChangeAsync(workspace, random);
                var stops = random.Next(3);
                views.Reached = () => stops > 0 && random.Next(5) == 0 && stops-- > 0 ? throw new StoppingViews.StoppedException() : Task.CompletedTask;
                while (!await TryRunAsync(workspace, views))
                {
                    // As after a crash: taken up again.
                }

                views.Reached = () => Task.CompletedTask;
                await CompareAsync(workspace, views, features);
            }
        },
        iter: 6,
        threads: 1);

    [Fact]
    public async Task SeveralAtOnce_DoItOnce()
    {
        await using var workspace = new MaterializationWorkspace();
        await using var store = new SqliteOnlineStore(Path.Combine(workspace.Folder, "online.db"));
        await using var features = await FeaturesOf(workspace, store);
        var random = new Random(7);
        for (var round = 0; round < 3; round++)
        {
            await workspace.AppendAsync(Histories.NewRows(random, 30));
            var results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => RunAsync(workspace, new OnlineViews(store, workspace.Clock)))));

            Assert.All(results.SelectMany(r => r).GroupBy(r => r.View), view => Assert.Single(view, r => r.Mode != MaterializationMode.Unchanged));
            await CompareAsync(workspace, new OnlineViews(store, workspace.Clock), features);
        }
    }

    [Fact]
    public async Task ColumnThatIsWidened_IsReadAnew()
    {
        await using var workspace = new MaterializationWorkspace();
        await using var store = new SqliteOnlineStore(Path.Combine(workspace.Folder, "online.db"));
        var views = new OnlineViews(store, workspace.Clock);
        await using var features = await FeaturesOf(workspace, store);
        await workspace.AppendAsync(new Event("c1", 1, 1, 2, 3, "a"), new Event("c2", 2, 2, 2, 4, "b"));
        await RunAsync(workspace, views);
        await (await workspace.OpenAsync()).NewTransaction().Add(new UpdateSchema().WidenColumn("amount", new PrimitiveType(PrimitiveKind.Long))).CommitAsync(default);
        await workspace.AppendWideAsync(new Event("c1", 1, 4, 4, 5, "c"));

        Assert.All(await RunAsync(workspace, views), r => Assert.Equal(MaterializationMode.Full, r.Mode));
        await CompareAsync(workspace, views, features);
        await workspace.AppendWideAsync(new Event("c1", 1, 6, 6, 7, "d"));
        Assert.All(await RunAsync(workspace, views), r => Assert.Equal(MaterializationMode.Append, r.Mode));
        await CompareAsync(workspace, views, features);
    }

    [Fact]
    public async Task ColumnThatIsWidened_WhileAStepIsStopped_IsReadAnew()
    {
        await using var workspace = new MaterializationWorkspace { RowsPerPart = 1 };
        await using var store = new SqliteOnlineStore(Path.Combine(workspace.Folder, "online.db"));
        var views = new StoppingViews(new OnlineViews(store, workspace.Clock));
        await using var features = await FeaturesOf(workspace, store);
        await workspace.AppendAsync(new Event("c1", 1, 1, 2, 3, "a"));
        await RunAsync(workspace, views);
        await workspace.AppendAsync(new Event("c1", 1, 4, 4, 5, "b"), new Event("c2", 2, 4, 4, 5, "b"), new Event("c3", 3, 4, 4, 5, "b"));
        var reached = 0;
        views.Reached = () => ++reached == 4 ? throw new StoppingViews.StoppedException() : Task.CompletedTask;
        Assert.False(await TryRunAsync(workspace, views));
        Assert.True((await views.FindAsync("latest", default))!.Step is { IsFull: false, PartsDone: > 0 });
        await (await workspace.OpenAsync()).NewTransaction().Add(new UpdateSchema().WidenColumn("amount", new PrimitiveType(PrimitiveKind.Long))).CommitAsync(default);
        await workspace.AppendWideAsync(new Event("c1", 1, 6, 6, 7, "c"));

        await RunAsync(workspace, views);

        await CompareAsync(workspace, views, features);
    }

    [Fact]
    public async Task Status_SaysHowFarBehind()
    {
        await using var workspace = new MaterializationWorkspace();
        await using var store = new SqliteOnlineStore(Path.Combine(workspace.Folder, "online.db"));
        var materializer = workspace.NewMaterializer(new OnlineViews(store, workspace.Clock));
        var request = new MaterializeRequest(workspace.Definitions, Reader.Local(Materializer.Action)) { Views = ["latest"] };
        await workspace.AppendAsync(new Event("ada", 1, 1, 2, 3, "a"));
        Assert.Null((await materializer.StatusAsync(request, TestContext.Current.CancellationToken)).Single().State);
        await materializer.MaterializeAsync(request, null, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await materializer.StatusAsync(request, TestContext.Current.CancellationToken)).Single().SnapshotsBehind);
        await workspace.AppendAsync(new Event("ada", 1, 2, 2, 3, "a"));
        await workspace.AppendAsync(new Event("ada", 1, 3, 2, 3, "a"));
        var lag = (await materializer.StatusAsync(request, TestContext.Current.CancellationToken)).Single();
        Assert.Equal((2, 1, false), ((int)lag.SnapshotsBehind!, (int)lag.State!.Keys, lag.IsOfOtherDefinition));
    }

    private static async Task<bool> TryRunAsync(MaterializationWorkspace workspace, IOnlineViews views)
    {
        try
        {
            await RunAsync(workspace, views);
            return true;
        }
        catch (StoppingViews.StoppedException)
        {
            return false;
        }
    }

    private static Task<IReadOnlyList<MaterializedView>> RunAsync(MaterializationWorkspace workspace, IOnlineViews views) =>
        workspace.NewMaterializer(views).MaterializeAsync(new MaterializeRequest(workspace.Definitions, Reader.Local(Materializer.Action)), null, TestContext.Current.CancellationToken);

    private static async Task<OnlineFeatures> FeaturesOf(MaterializationWorkspace workspace, IOnlineStore store)
    {
        var registry = new SqliteRegistry(Path.Combine(workspace.Folder, "registry.db"), workspace.Clock);
        await registry.ApplyAsync(workspace.Definitions, default);
        return new OnlineFeatures(new OnlinePorts { Registry = registry, Store = store, Engine = workspace.Engine, Policy = new LocalPolicy(), Audit = workspace.Audit, Clock = workspace.Clock });
    }

    /// <summary>Every key there can be, at every moment from the frontier on that can make a difference.</summary>
    private static async Task CompareAsync(MaterializationWorkspace workspace, IOnlineViews views, OnlineFeatures features)
    {
        string[] references = ["latest:*", "counts:*"];
        var frontier = Math.Max((await views.FindAsync("latest", default))!.Frontier, (await views.FindAsync("counts", default))!.Frontier);
        var keys = Enumerable.Range(0, 4).SelectMany(c => Enumerable.Range(0, 5).Select(i => (Customer: $"c{c}", Item: i))).ToList();
        for (var moment = frontier; moment < frontier + 16; moment += 3)
        {
            var answer = await features.GetAsync(
                new OnlineRequest
                {
                    Features = references,
                    Entities = new Dictionary<string, IReadOnlyList<FeatureValue>> { ["customer"] = [.. keys.Select(k => FeatureValue.Of(k.Customer))], ["item"] = [.. keys.Select(k => FeatureValue.Of((long)k.Item))] },
                    At = DateTimeOffset.UnixEpoch.AddTicks(moment * TimeSpan.TicksPerMicrosecond),
                },
                Asking, TestContext.Current.CancellationToken);
            var online = Enumerable.Range(0, keys.Count).Select(r => string.Join('|', answer.Columns.Where(c => !c.IsKey).Select(c => c.Values[r].IsNull ? "∅" : c.Values[r].ToString()))).ToList();
            var offline = await JoinAsync(workspace, references, keys, moment);
            for (var row = 0; row < keys.Count; row++)
            {
                Assert.Equal($"{keys[row]} at {moment}: {offline[row]}", $"{keys[row]} at {moment}: {online[row]}");
            }
        }
    }

    private static async Task<List<string>> JoinAsync(MaterializationWorkspace workspace, string[] references, List<(string Customer, int Item)> keys, long moment)
    {
        var schema = new Schema(
            [new Field("customer", StringType.Default, true), new Field("item", Int32Type.Default, true), new Field("as_of", new TimestampType(TimeUnit.Microsecond, (string?)null), true)], null);
        var spine = new RecordBatch(
            schema,
            [
                new StringArray.Builder().AppendRange(keys.Select(k => k.Customer)).Build(), new Int32Array.Builder().AppendRange(keys.Select(k => k.Item)).Build(),
                new TimestampArray((TimestampType)schema.GetFieldByName("as_of").DataType, new ArrowBuffer.Builder<long>().AppendRange(keys.Select(_ => moment)).Build(), ArrowBuffer.Empty, keys.Count, 0, 0),
            ],
            keys.Count);
        var request = new JoinRequest(workspace.Definitions, references, new BatchSpine(schema, new[] { spine }.ToAsyncEnumerable(), "as_of"), Reader.Local("historical")) { Trust = SqlTrust.Pipeline };
        await using var joined = await new HistoricalJoin(workspace.Engine, workspace.Gate).JoinAsync(request, TestContext.Current.CancellationToken);
        var rows = new List<string>();
        await foreach (var batch in joined.ReadAsync(TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                var columns = Enumerable.Range(4, batch.ColumnCount - 4).Select(batch.Column).ToList();
                rows.AddRange(Enumerable.Range(0, batch.Length).Select(i => string.Join('|', columns.Select(c => MemoryViews.Text(c, i)))));
            }
        }

        return rows;
    }
}
