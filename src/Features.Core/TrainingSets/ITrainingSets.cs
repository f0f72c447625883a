using Apache.Arrow;

namespace Features.Core.TrainingSets;

/// <summary>The training sets of a workspace, as what serves them sees them: a list, a plan, and batches.</summary>
public interface ITrainingSets
{
    /// <summary>All sets, by name.</summary>
    Task<IReadOnlyList<TrainingSetManifest>> ListAsync(CancellationToken cancellationToken);

    /// <summary>One set, or null.</summary>
    Task<TrainingSetManifest?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>The Arrow schema of a set's rows: the columns in order; field metadata <c>features.role</c> and <c>features.source</c> as in the manifest.</summary>
    Schema SchemaOf(TrainingSetManifest manifest);

    /// <summary>The rows in <c>_row</c> order, read at the pinned snapshot for this principal. The consumer disposes each batch.</summary>
    IAsyncEnumerable<RecordBatch> ReadAsync(TrainingSetManifest manifest, string principal, string action, CancellationToken cancellationToken);
}
