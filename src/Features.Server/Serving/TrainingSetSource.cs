using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Flight.Cache;
using Features.Flight.Protocol;

namespace Features.Server.Serving;

/// <summary>Training sets as the cache sees them: a name, a digest, a schema and batches.</summary>
internal sealed class TrainingSetSource(ITrainingSets sets) : IDatasetSource
{
    public async IAsyncEnumerable<DatasetPlan> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var manifest in await sets.ListAsync(cancellationToken))
        {
            yield return PlanOf(manifest, outcome: null);
        }
    }

    public async ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken) =>
        // Rows are read unmasked. A reader whom the policy lets see less gets a plan without that outcome, which the service does not serve.
        selection is { Table: null, Filter: null } && await sets.FindAsync(selection.Name, cancellationToken) is { } manifest ? PlanOf(manifest, outcome == LocalPolicy.Unmasked ? outcome : null) : null;

    public Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<IDatasetPart>>([new Whole(this, plan)]);

    private async IAsyncEnumerable<RecordBatch> ReadAsync(DatasetPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var manifest = await sets.FindAsync(plan.Name, cancellationToken);
        if (manifest is null || manifest.Digest != plan.Digest)
        {
            throw new InvalidOperationException($"the training set '{plan.Name}' was made anew while it was being loaded; ask for it again");
        }

        // One load serves every reader whom the policy gives the same outcome; each of them is asked for and audited by itself (PolicyAccess).
        await foreach (var batch in sets.ReadAsync(manifest, LocalPolicy.Principal, "flight.load", cancellationToken))
        {
            yield return batch;
        }
    }

    private DatasetPlan PlanOf(TrainingSetManifest manifest, string? outcome) => new(manifest.Name, manifest.Digest, manifest.Rows, sets.SchemaOf(manifest)) { Outcome = outcome };

    private sealed class Whole(TrainingSetSource source, DatasetPlan plan) : IDatasetPart
    {
        public long Rows => plan.Rows;

        public IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken) => source.ReadAsync(plan, cancellationToken);
    }
}
