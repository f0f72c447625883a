namespace Features.Core.Skew;

/// <summary>What comparing logged answers with the tables came to.</summary>
/// <param name="Answers">Answers that were read.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Unreadable">Lines of the log that could not be read; what a process that was killed left unfinished does not count.</param>
/// <param name="Features">Every feature that was answered, by its reference, in the order of the references.</param>
public sealed record SkewReport(long Answers, long Rows, long Unreadable, IReadOnlyList<FeatureSkew> Features)
{
    /// <summary>Whether a value or a status differs from what the tables say.</summary>
    public bool HasDifferences => Features.Any(f => f.Differing + f.StatusMismatches > 0);
}
