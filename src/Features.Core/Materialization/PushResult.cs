namespace Features.Core.Materialization;

/// <summary>What was done with pushed rows.</summary>
/// <param name="Rows">Rows that were pushed.</param>
/// <param name="Rejected">Those among them that do not fit the table; offline they go to quarantine. Null where nobody looked: rows that go offline only are cleaned when they are ingested.</param>
/// <param name="Sequence">The batch that they wait in, by its number in the inbox; null if they are online only.</param>
/// <param name="Views">What became of them online, by view.</param>
public sealed record PushResult(long Rows, long? Rejected, long? Sequence, IReadOnlyList<PushedView> Views);

/// <summary>What became of pushed rows in a view.</summary>
/// <param name="View">The view.</param>
/// <param name="Rows">Its rows that answer now.</param>
/// <param name="Problem">Why the view does not have them before they are materialised; null if it has.</param>
public sealed record PushedView(string View, long Rows, string? Problem);
