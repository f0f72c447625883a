using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.Server.Online;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    private readonly Lock onlineGate = new();
    private WorkspaceOnline? online;

    /// <summary>Where materialised views are; opened when it is first asked for.</summary>
    public IOnlineStore OnlineStore => Online.Store;

    /// <summary>The materialised views, to be written.</summary>
    public IOnlineViews OnlineViews => Online.Views;

    /// <summary>Answers online requests from materialised views.</summary>
    public OnlineFeatures OnlineFeatures => Online.Features;

    /// <summary>Brings views online to their tables' newest snapshots.</summary>
    public Materializer Materializer => Online.Materializer;

    /// <summary>Takes pushed rows.</summary>
    public Pushes Pushes => Online.Pushes;

    internal WorkspaceOnline Online
    {
        get
        {
            lock (onlineGate)
            {
                return online ??= new WorkspaceOnline(this);
            }
        }
    }

    /// <summary>Materialises views over the definitions in force.</summary>
    /// <param name="views">By name; none for all.</param>
    /// <param name="full">Read every row again, whatever is there.</param>
    /// <param name="progress">Is told how far it is; null for nobody.</param>
    /// <param name="cancellationToken">Stops it; a step that was begun is taken up by the next.</param>
    /// <exception cref="MaterializationException">There is no such view.</exception>
    public async Task<IReadOnlyList<MaterializedView>> MaterializeAsync(
        IReadOnlyList<string> views, bool full = false, IProgress<MaterializationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var definitions = await Registry.LoadAsync(cancellationToken);
        await SyncSourcesAsync(definitions, (views.Count > 0 ? views : [.. definitions.Definitions.OfType<FeatureView>().Select(v => v.Name)]).Select(v => $"{v}:*"), spine: null, cancellationToken);
        var request = new MaterializeRequest(definitions, new Reader(Principal, Materializer.Action)) { Views = views, Full = full };
        return await Materializer.MaterializeAsync(request, progress, cancellationToken);
    }

    private ValueTask DisposeOnlineAsync() => online?.DisposeAsync() ?? ValueTask.CompletedTask;
}
