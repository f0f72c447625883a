using Apache.Arrow;

namespace Features.Flight.Cache;

/// <summary>Where the cache's data sets come from.</summary>
public interface IDatasetSource
{
    /// <summary>The data sets that exist, by name.</summary>
    IAsyncEnumerable<DatasetPlan> ListAsync(CancellationToken cancellationToken);

    /// <summary>The data set of a name; null if there is none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="outcome">
    /// The policy outcome that its rows must have passed, as the access port named it; null for none. The plan must carry the same
    /// <see cref="DatasetPlan.Outcome"/>, or nothing is served.
    /// </param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<DatasetPlan?> FindAsync(string name, string? outcome, CancellationToken cancellationToken);

    /// <summary>
    /// The rows of a plan in stored order: the i-th row is sample i. Batches may have any length; the reader disposes each one.
    /// An exception fails the load with its message.
    /// </summary>
    IAsyncEnumerable<RecordBatch> ReadAsync(DatasetPlan plan, CancellationToken cancellationToken);
}
