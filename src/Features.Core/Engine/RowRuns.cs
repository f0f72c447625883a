namespace Features.Core.Engine;

/// <summary>What is asked of several runs at once.</summary>
public static class RowRuns
{
    /// <summary>The rows of each run, counted side by side where reading alone can tell.</summary>
    /// <inheritdoc cref="IRowRun.CountAsync"/>
    public static async Task<IReadOnlyList<long>> CountAsync(this IReadOnlyList<IRowRun> runs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var counts = new long[runs.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, runs.Count),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            async (i, token) => counts[i] = await runs[i].CountAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
        return counts;
    }
}
