using System.Runtime.ExceptionServices;

namespace Features.Core.PointInTime;

/// <summary>
/// Joins one view's source to a spine by both clocks. Key by key: the source's rows are ranked by (event, available, order of arrival) and inserted into trees over these ranks when the spine's
/// time passes their availability; each spine row, in the order of time, asks the trees for its windows and its latest row. O((n + m) log m) for n spine rows and m source rows.
/// Keys are shared out to threads; each row's result depends on its key's rows alone, so threads change nothing.
/// </summary>
internal static class ViewJoin
{
    /// <summary>The features, one column of cells each in the plan's order.</summary>
    /// <param name="source">The source's rows; their key ids are those of the spine.</param>
    /// <param name="plan">What to compute.</param>
    /// <param name="spine">The spine's rows by key id; reordered by time within each key.</param>
    /// <param name="moments">The spine's moments in microseconds since 1970 UTC.</param>
    /// <param name="cancellationToken">Stops between keys.</param>
    /// <param name="hasMoment">Which spine rows have a moment; null if all do. A row without one matches nothing.</param>
    public static IReadOnlyList<FeatureCells> Join(SourceRows source, ViewPlan plan, KeyGroups spine, long[] moments, bool[]? hasMoment, CancellationToken cancellationToken)
    {
        var groups = new KeyGroups(spine.Keys, source.Count, row => (int)source.Keys[row]);
        var results = plan.Features.Select(_ => new FeatureCells(moments.Length)).ToList();
        SetEmptyCounts(plan, results);
        var workers = Math.Min(Environment.ProcessorCount, Math.Max(1, spine.Keys));
        var next = -1;
        try
        {
            Parallel.For(0, workers, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = workers }, _ =>
            {
                var sweep = new KeySweep(source, plan, results);
                for (var key = Interlocked.Increment(ref next); key < spine.Keys; key = Interlocked.Increment(ref next))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    sweep.Run(groups[key], spine[key], moments, hasMoment);
                }
            });
        }
        catch (AggregateException failures) when (failures.InnerExceptions.OfType<PointInTimeException>().FirstOrDefault() is { } failure)
        {
            // Threads may fail together; the caller gets one error, with its own trace.
            ExceptionDispatchInfo.Throw(failure);
        }

        return results;
    }

    /// <summary>A count is 0 where nothing matches, even a row without a key.</summary>
    private static void SetEmptyCounts(ViewPlan plan, List<FeatureCells> results)
    {
        foreach (var (_, result) in plan.Features.Zip(results).Where(p => p.First.Aggregate == Definitions.Aggregate.Count))
        {
            result.Cells.AsSpan().Clear();
            result.IsValid.AsSpan().Fill(true);
        }
    }
}
