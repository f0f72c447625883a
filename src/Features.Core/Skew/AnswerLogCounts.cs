namespace Features.Core.Skew;

/// <summary>What an <see cref="AnswerLog"/> has done since it was opened, in rows of answers.</summary>
/// <param name="Offered">Rows that were offered.</param>
/// <param name="Written">Rows that are in a file.</param>
/// <param name="Dropped">Rows that were chosen and lost: too many were waiting, or they could not be written.</param>
/// <param name="LastFault">Why rows could not be written the last time; null if they always could.</param>
public sealed record AnswerLogCounts(long Offered, long Written, long Dropped, string? LastFault);
