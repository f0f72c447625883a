namespace Features.Core.Skew;

/// <summary>Counts what became of one feature's values.</summary>
internal sealed class FeatureTally(string feature, int maxExamples)
{
    private readonly SortedDictionary<string, long> notReplayed = new(StringComparer.Ordinal);
    private readonly List<SkewExample> examples = [];
    private long equal;
    private long differing;
    private long unsettled;
    private long statusMismatches;
    private long underEarlierDefinition;
    private double? maxAbsolute;
    private double? maxRelative;

    public void AddNotReplayed(string reason, long values) => notReplayed[reason] = notReplayed.GetValueOrDefault(reason) + values;

    /// <summary>Counts one value; <paramref name="example"/> is only asked for where it is kept.</summary>
    public void Add(ValueDifference difference, bool isStatusEqual, double tolerance, ReplayedFeature feature, Func<SkewExample> example)
    {
        var isEqual = difference.IsWithin(tolerance);
        if (!feature.IsSettled && !(isEqual && isStatusEqual))
        {
            unsettled += isEqual ? 0 : 1;
            equal += isEqual ? 1 : 0;
            return;
        }

        maxAbsolute = Greater(maxAbsolute, difference.Absolute);
        maxRelative = Greater(maxRelative, difference.Relative);
        equal += isEqual ? 1 : 0;
        differing += isEqual ? 0 : 1;
        statusMismatches += isStatusEqual ? 0 : 1;
        underEarlierDefinition += !isEqual && feature.IsUnderEarlierDefinition ? 1 : 0;
        if (!(isEqual && isStatusEqual) && examples.Count < maxExamples)
        {
            examples.Add(example());
        }
    }

    public FeatureSkew ToSkew() => new(
        feature, equal + differing + unsettled, equal, differing, unsettled, statusMismatches, underEarlierDefinition, maxAbsolute, maxRelative, notReplayed, examples);

    private static double? Greater(double? one, double? other) => one is null || other > one ? other : one;
}
