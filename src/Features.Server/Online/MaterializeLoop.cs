using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Server.Workspaces;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Features.Server.Online;

/// <summary>Brings the views that are behind their tables up to date, again and again. A view that cannot be is told in the log, once for each reason, and holds up no other.</summary>
internal sealed class MaterializeLoop(Workspace workspace, TimeSpan interval, ILogger<MaterializeLoop> log) : BackgroundService
{
    private readonly Dictionary<string, string> told = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, workspace.Clock);
        do
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested && fault is not OutOfMemoryException)
            {
                // A cancellation of somebody else's, such as a catalog's that ran out of time, is a fault like others; it must not end the host.
                Log.MaterializeFault(log, interval.TotalSeconds, fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var definitions = await workspace.Registry.LoadAsync(cancellationToken);
        foreach (var view in definitions.Definitions.OfType<FeatureView>().Select(v => v.Name))
        {
            try
            {
                await BringUpAsync(new MaterializeRequest(definitions, new Reader(workspace.Principal, Materializer.Action)) { Views = [view] }, cancellationToken);
                told.Remove(view);
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested && fault is not OutOfMemoryException)
            {
                if (told.GetValueOrDefault(view) != fault.Message)
                {
                    Log.ViewNotMaterialized(log, view, fault.Message);
                    told[view] = fault.Message;
                }
            }
        }
    }

    // Asking how far a view is reads no rows, and leaves no record of a read.
    private async Task BringUpAsync(MaterializeRequest request, CancellationToken cancellationToken)
    {
        var lag = (await workspace.Materializer.StatusAsync(request, cancellationToken))[0];
        if (lag is { SnapshotsBehind: 0, IsOfOtherDefinition: false, State.Step: null })
        {
            return;
        }

        foreach (var view in await workspace.Materializer.MaterializeAsync(request, progress: null, cancellationToken))
        {
            Log.Materialized(log, view.View, view.RowsRead, view.KeysWritten);
        }
    }
}
