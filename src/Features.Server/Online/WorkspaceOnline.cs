using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Core.Skew;
using Features.Core.Transformations;
using Features.Server.Workspaces;

namespace Features.Server.Online;

/// <summary>What a workspace has of the online side, put together: made as a whole when the first of it is asked for.</summary>
internal sealed class WorkspaceOnline : IAsyncDisposable
{
    private const string LeasesFolder = ".features/leases";
    private readonly SqliteOnlineStore store;

    public WorkspaceOnline(Workspace workspace)
    {
        var config = workspace.Config.Online;
        store = new SqliteOnlineStore(Path.GetFullPath(config.Path, workspace.Root));
        Views = new OnlineViews(store, workspace.Clock);
        Keys = ApiKeys.From(config);
        var policy = new ApiKeyPolicy(workspace.Policy, Keys.Principals);
        Gate = new ReadGate(workspace.Catalog, policy, workspace.Audit, workspace.Clock);
        Features = new OnlineFeatures(new OnlinePorts
        {
            Registry = workspace.Registry,
            Store = store,
            Engine = workspace.Engine,
            Policy = policy,
            Audit = workspace.Audit,
            Clock = workspace.Clock,
            TransformerOf = async (name, cancellationToken) => new Transformer((await workspace.FindTrainingSetAsync(name, cancellationToken)).Transformations),
        });
        var lease = new MaterializationLease(Path.GetFullPath(LeasesFolder, workspace.Root), workspace.Clock);
        Materializer = new Materializer(workspace.Engine, workspace.Reads, Views, workspace.Inbox, workspace.Lineage, lease, workspace.Name, workspace.Clock)
        {
            Prepare = (definitions, view, cancellationToken) => workspace.SyncSourcesAsync(definitions, [new FeatureReference(view.Name, null).ToString()], spine: null, cancellationToken),
        };
        var ports = new PushPorts { Registry = workspace.Registry, Gate = Gate, Engine = workspace.Engine, Views = Views, Ingest = new PushIngest(workspace.Inbox, workspace.Root, workspace.Clock) };
        Pushes = new Pushes(ports);
        Writes = new ViewWrites(ports);
        Answers = config.LogShare > 0 ? new AnswerLog(workspace.AnswersPath, new AnswerLogOptions { Share = config.LogShare }, workspace.Clock) : null;
    }

    public IOnlineStore Store => store;

    public IOnlineViews Views { get; }

    public ApiKeys Keys { get; }

    /// <summary>As the workspace's gate, and open to who holds an API key.</summary>
    public ReadGate Gate { get; }

    public OnlineFeatures Features { get; }

    public Materializer Materializer { get; }

    public Pushes Pushes { get; }

    public ViewWrites Writes { get; }

    /// <summary>Keeps a sample of answers; null if none is kept.</summary>
    public AnswerLog? Answers { get; }

    public async ValueTask DisposeAsync()
    {
        if (Answers is not null)
        {
            await Answers.DisposeAsync();
        }

        await Features.DisposeAsync();
        await store.DisposeAsync();
    }
}
