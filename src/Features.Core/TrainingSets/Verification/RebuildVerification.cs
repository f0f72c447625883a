namespace Features.Core.TrainingSets.Verification;

/// <summary>What making a training set again found.</summary>
/// <param name="Outcome">How the rows compare.</param>
/// <param name="Stored">The manifest's digest.</param>
/// <param name="Rebuilt">The digest of the rows as they were made again; null if they could not be.</param>
/// <param name="Rows">Rows that were made again.</param>
public sealed record RebuildVerification(RebuildOutcome Outcome, string Stored, string? Rebuilt, long Rows)
{
    /// <summary>Why it could not be rebuilt, or what differs in general (the columns, the row count); null for nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>The first cells that differ, in the order of rows; empty for none.</summary>
    public IReadOnlyList<CellDifference> Differences { get; init; } = [];

    /// <summary>True if the set is what its sources and definitions make.</summary>
    public bool IsVerified => Outcome is RebuildOutcome.Identical or RebuildOutcome.Equivalent;
}

/// <summary>A cell that differs. Values as people write them; null for null.</summary>
public sealed record CellDifference(long Row, string Column, string? Stored, string? Rebuilt);

/// <summary>How a rebuilt training set compares with the stored one.</summary>
public enum RebuildOutcome
{
    /// <summary>The digests are equal.</summary>
    Identical,

    /// <summary>Floats differ by at most 1e-12 of their magnitude, as the sums of an engine's threads do; all else is equal.</summary>
    Equivalent,

    /// <summary>Rows differ.</summary>
    Different,

    /// <summary>What it was made of is not there any more.</summary>
    NotRebuildable,
}
