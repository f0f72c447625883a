namespace Features.Core.Skew;

/// <summary>A logged feature that is to be replayed.</summary>
/// <param name="Logged">Its column in the answer.</param>
/// <param name="Use">What it takes to ask for it.</param>
/// <param name="IsSettled">Whether the snapshots hold exactly the rows that the answer could see, so that a difference is one.</param>
/// <param name="IsUnderEarlierDefinition">Whether one of its views was defined otherwise when it was answered.</param>
internal sealed record ReplayedFeature(LoggedFeature Logged, FeatureUse Use, bool IsSettled, bool IsUnderEarlierDefinition);
