using Features.Flight.Protocol;

namespace Features.Flight.Cache;

/// <summary>Where the cache's data sets come from.</summary>
public interface IDatasetSource
{
    /// <summary>The data sets that exist, by name.</summary>
    IAsyncEnumerable<DatasetPlan> ListAsync(CancellationToken cancellationToken);

    /// <summary>What a selection stands for now, pinned; null if nothing has that name.</summary>
    /// <param name="selection">What is asked for.</param>
    /// <param name="outcome">
    /// The policy outcome that its rows must have passed, as the access port named it; null for none. The plan must carry the same
    /// <see cref="DatasetPlan.Outcome"/>, or nothing is served.
    /// </param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="FormatException">The selection cannot be: its filter or its version; the message says why.</exception>
    /// <exception cref="DatasetNotFoundException">As null, with a better word on what there is.</exception>
    /// <exception cref="DatasetSourceException">The data set is there and cannot be read.</exception>
    ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken);

    /// <summary>The parts of a plan in stored order: the i-th row of all parts together is sample i. They may be read at the same time.</summary>
    /// <exception cref="DatasetSourceException">The data set cannot be read; reading a part may meet it too.</exception>
    Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken);
}
