using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Core.Registry;
using Features.Core.Skew;
using Features.Core.Tests.Materialization;

namespace Features.Core.Tests.Skew;

/// <summary>A workspace with events whose online answers are logged.</summary>
internal sealed class SkewWorkspace : IAsyncDisposable
{
    private readonly SqliteRegistry registry;
    private readonly SqliteOnlineStore store;

    private SkewWorkspace()
    {
        store = new SqliteOnlineStore(Path.Combine(Tables.Folder, "online.db"));
        Views = new OnlineViews(store, Tables.Clock);
        registry = new SqliteRegistry(Path.Combine(Tables.Folder, "registry.db"), Tables.Clock);
        Folder = Path.Combine(Tables.Folder, "answers");
        Log = new AnswerLog(Folder, new AnswerLogOptions { Share = 1 }, Tables.Clock);
        Online = new OnlineFeatures(new OnlinePorts { Registry = registry, Store = store, Engine = Tables.Engine, Policy = new LocalPolicy(), Audit = Tables.Audit, Clock = Tables.Clock });
    }

    public MaterializationWorkspace Tables { get; } = new();

    public string Folder { get; }

    public AnswerLog Log { get; }

    public OnlineViews Views { get; }

    public OnlineFeatures Online { get; }

    public static async Task<SkewWorkspace> OpenAsync(DefinitionSet? definitions = null)
    {
        var workspace = new SkewWorkspace();
        await workspace.ApplyAsync(definitions ?? MaterializationWorkspace.Declared);
        return workspace;
    }

    public Task ApplyAsync(DefinitionSet definitions) => registry.ApplyAsync(definitions, TestContext.Current.CancellationToken);

    public async Task MaterializeAsync() => await Tables.NewMaterializer(Views).MaterializeAsync(
        new MaterializeRequest(await registry.LoadAsync(TestContext.Current.CancellationToken), Reader.Local(Materializer.Action)), null, TestContext.Current.CancellationToken);

    /// <summary>Asks, and logs the answer.</summary>
    public async Task<OnlineAnswer> AskAsync(OnlineRequest request)
    {
        var answer = await Online.GetAsync(request, Reader.Local("online"), TestContext.Current.CancellationToken);
        Assert.True(Log.Offer(request, answer));
        return answer;
    }

    /// <summary>The state that a view has which was materialised just now.</summary>
    public async Task<OnlineViewState> StateAsync(string view)
    {
        var metadata = (await Tables.OpenAsync()).Metadata;
        var declared = MaterializationWorkspace.Declared.Find<FeatureView>(view)!;
        var hash = ViewHash.Of(declared, MaterializationWorkspace.Declared.Find<Entity>(declared.EntityName)!, MaterializationWorkspace.Declared, Tables.Engine);
        return new OnlineViewState(view, hash, [new OnlineSource(MaterializationWorkspace.Table, metadata.TableUuid, metadata.CurrentSnapshotId, new Dictionary<string, long>())], 0, Tables.Clock.GetUtcNow(), 0);
    }

    /// <summary>Logs an answer to one row.</summary>
    public void Log1(long at, string customer, long item, IReadOnlyList<OnlineViewState> views, params IReadOnlyList<OnlineColumn> columns)
    {
        var entities = new Dictionary<string, IReadOnlyList<FeatureValue>> { ["customer"] = [FeatureValue.Of(customer)], ["item"] = [FeatureValue.Of(item)] };
        Assert.True(Log.Offer(
            new OnlineRequest { Entities = entities },
            new OnlineAnswer(1, DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond), columns) { Views = views }));
    }

    public async Task<SkewReport> CheckAsync(Func<SkewRequest, SkewRequest>? change = null, long maxHeldValues = 1 << 20)
    {
        await Log.FlushAsync(TestContext.Current.CancellationToken);
        var request = new SkewRequest(Reader.Local(SkewCheck.Action));
        return await new SkewCheck(Folder, Tables.Engine, Tables.Gate, registry, Tables.Inbox) { MaxHeldValues = maxHeldValues }
            .RunAsync(change?.Invoke(request) ?? request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Online.DisposeAsync();
        await store.DisposeAsync();
        await Tables.DisposeAsync();
    }
}
