using System.Runtime.CompilerServices;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Flight.Cache;
using Features.Flight.Protocol;

namespace Features.Server.Serving;

/// <summary>Training sets as the cache sees them. Sample i is the row whose <c>_row</c> is i; with a filter, the i-th of those that satisfy it.</summary>
internal sealed class TrainingSetSource(ITrainingSets sets, TrainingSetParts parts)
{
    private readonly RowCounts counts = new();

    public async IAsyncEnumerable<DatasetPlan> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var manifest in await sets.ListAsync(cancellationToken))
        {
            yield return PlanOf(manifest, condition: null, manifest.Rows, outcome: null);
        }
    }

    public async Task<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken)
    {
        if (await sets.FindAsync(selection.Name, cancellationToken) is not { } manifest)
        {
            return null;
        }

        var condition = selection.Filter is { } filter ? parts.Condition(manifest, filter) : null;
        var rows = condition is null
            ? manifest.Rows
            : (await counts.GetAsync(
                KeyOf(manifest.Digest, condition.Text),
                async () => [.. (await parts.CutAsync(manifest, Reader.Local("flight.count"), condition, counts: null, CancellationToken.None)).Select(p => p.Rows)],
                cancellationToken)).Sum();
        return PlanOf(manifest, condition, rows, outcome);
    }

    public async Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken)
    {
        var manifest = await sets.FindAsync(plan.Name, cancellationToken);
        if (manifest is null || manifest.Digest != plan.Digest)
        {
            throw new InvalidOperationException($"the training set '{plan.Name}' was made anew while it was being loaded; ask for it again");
        }

        // One load serves every reader whom the policy gives the same outcome; each of them is asked for and audited by itself (PolicyAccess).
        var condition = plan.Filter is { } filter ? parts.Condition(manifest, filter) : null;
        var known = condition is null ? null : counts.Find(KeyOf(manifest.Digest, condition.Text));
        var cut = await parts.CutAsync(manifest, Reader.Local("flight.load"), condition, known, cancellationToken);
        return [.. cut.Select(part => new DatasetPart(part.Rows, part.ReadAsync, plan.Schema))];
    }

    private DatasetPlan PlanOf(TrainingSetManifest manifest, RowCondition? condition, long rows, string? outcome) => new(manifest.Name, manifest.Digest, rows, sets.SchemaOf(manifest))
    {
        Outcome = outcome,
        Filter = condition?.Text,
        FilterColumns = condition?.Columns ?? [],
        Roles = TrainingSetRoles.Of(manifest),
    };

    private static string KeyOf(string digest, string filter) => $"{digest}\n{filter}";
}
