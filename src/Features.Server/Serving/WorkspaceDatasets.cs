using Features.Core.Governance;
using Features.Flight.Cache;
using Features.Flight.Protocol;

namespace Features.Server.Serving;

/// <summary>What a workspace serves: its training sets, and any version of its tables.</summary>
internal sealed class WorkspaceDatasets(TrainingSetSource sets, TableSource tables) : IDatasetSource
{
    public IAsyncEnumerable<DatasetPlan> ListAsync(CancellationToken cancellationToken) => sets.ListAsync(cancellationToken);

    public async ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken)
    {
        // Rows are read unmasked. A reader whom the policy lets see less gets a plan without that outcome, which the service does not serve.
        var passed = outcome == LocalPolicy.Unmasked ? outcome : null;
        return await SelectionFaults.ExplainAsync(
            selection.Name,
            async () => selection.Table is null ? await sets.FindAsync(selection, passed, cancellationToken) : await tables.FindAsync(selection, passed, cancellationToken));
    }

    public async Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return plan.Table is null ? await sets.PartsAsync(plan, cancellationToken) : await tables.PartsAsync(plan, cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            throw SelectionFaults.OfLoad(fault);
        }
    }
}
