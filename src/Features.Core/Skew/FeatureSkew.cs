namespace Features.Core.Skew;

/// <summary>One feature's logged values against those that the historical join gives for the same keys, moments and snapshots. <c>Compared = Equal + Differing + Unsettled</c>.</summary>
/// <param name="Feature">The feature's reference.</param>
/// <param name="Compared">Values that were compared.</param>
/// <param name="Equal">Values that are equal, numbers within the tolerance. NaN equals NaN, and 0 equals -0.</param>
/// <param name="Differing">Values that differ.</param>
/// <param name="Unsettled">Values that differ while pushed rows were in the answer that no snapshot holds alone, so that nobody can say whether they should.</param>
/// <param name="StatusMismatches">Values, whether equal or not, with another status than the join's rows give; unsettled ones not counted.</param>
/// <param name="UnderEarlierDefinition">Of <paramref name="Differing"/>, those that were answered when a view of the feature was defined otherwise than now.</param>
/// <param name="MaxAbsoluteDifference">The greatest distance of two numbers of <paramref name="Compared"/> but not unsettled; null if no two were compared. Infinite where one is.</param>
/// <param name="MaxRelativeDifference">The greatest such distance as a share of the greater number.</param>
/// <param name="NotReplayed">Values that could not be compared, by the reason.</param>
/// <param name="Examples">Some of the differences, the first ones.</param>
public sealed record FeatureSkew(
    string Feature,
    long Compared,
    long Equal,
    long Differing,
    long Unsettled,
    long StatusMismatches,
    long UnderEarlierDefinition,
    double? MaxAbsoluteDifference,
    double? MaxRelativeDifference,
    IReadOnlyDictionary<string, long> NotReplayed,
    IReadOnlyList<SkewExample> Examples);
