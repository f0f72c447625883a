namespace Features.Core.PointInTime.Kernel;

/// <summary>Joins one view's rows to a spine by both clocks, key by key: latest values by <see cref="LatestIndex"/>, windows by <see cref="KeySweep"/>.</summary>
internal static class ViewJoin
{
    /// <summary>The features, in the plan's order; null if rows are tied whose order shows in the result: they are added to <paramref name="ties"/>.</summary>
    /// <param name="source">The source's rows; their key ids are those of the spine.</param>
    /// <param name="plan">What to compute.</param>
    /// <param name="spine">The spine's rows by key id; reordered within each key.</param>
    /// <param name="moments">The spine's moments in microseconds since 1970 UTC.</param>
    /// <param name="hasMoment">Which spine rows have a moment; null if all do. A row without one matches nothing.</param>
    /// <param name="ties">Gets what is tied.</param>
    /// <param name="cancellationToken">Stops between keys.</param>
    public static IReadOnlyList<FeatureResult>? Join(
        SourceRows source, ViewPlan plan, KeyGroups spine, long[] moments, bool[]? hasMoment, TiedMoments ties, CancellationToken cancellationToken)
    {
        var found = ties.Count;
        var groups = new KeyGroups(spine.Keys, source.Keys);
        if (plan.Features.Any(f => f.IsRow && f.Aggregate is not null))
        {
            TieScan.Find(source, groups, ties, cancellationToken);
        }

        var index = plan.HasLatest ? LatestIndex.Build(source, groups, plan.Inclusive, ties, cancellationToken) : null;
        if (ties.Count > found)
        {
            return null;
        }

        var latest = index is null ? null : FeatureResult.Empty(plan.Features.First(f => f.Aggregate is null), moments.Length);
        var results = plan.Features.Select(f => f.Aggregate is null ? latest! : FeatureResult.Empty(f, moments.Length)).ToList();
        if (index is not null)
        {
            KeyParts.ForEach(spine.Keys, () => 0, (key, _) => index.Find(key, spine[key], moments, hasMoment, plan.TtlMicros, latest!.Rows!), cancellationToken);
        }

        if (plan.HasWindows)
        {
            // The index left rows out of the groups.
            groups = index is null ? groups : new KeyGroups(spine.Keys, source.Keys);
            KeyParts.ForEach(spine.Keys, () => new KeySweep(source, plan, results), (key, sweep) => sweep.Run(groups[key], spine[key], moments, hasMoment), cancellationToken);
        }

        return results;
    }
}
