using Features.Core.Governance;

namespace Features.Core.Skew;

/// <summary>Which logged answers are compared, and how.</summary>
/// <param name="Reader">Who compares; the policy is asked for every table.</param>
public sealed record SkewRequest(Reader Reader)
{
    /// <summary>Only answers that were given from here on; null for no bound.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only answers that were given before; null for no bound.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only answers to requests for this service; null for all.</summary>
    public string? Service { get; init; }

    /// <summary>Numbers that lie no further apart than this, or than this share of the greater, are equal. Default: 1e-9.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>Examples of differences that are kept for each feature. Default: 3.</summary>
    public int Examples { get; init; } = 3;
}
