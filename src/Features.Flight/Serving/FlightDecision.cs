namespace Features.Flight.Serving;

/// <summary>The policy's answer.</summary>
public sealed record FlightDecision
{
    private FlightDecision(bool isAllowed, string reason, string? outcome) => (IsAllowed, Reason, Outcome) = (isAllowed, reason, outcome);

    /// <summary>True if the caller may.</summary>
    public bool IsAllowed { get; }

    /// <summary>Why not, in words that the caller may see; empty if allowed.</summary>
    public string Reason { get; }

    /// <summary>The hash of what must be done to the rows first (masks, row filters); null for nothing.</summary>
    public string? Outcome { get; }

    /// <summary>The caller may.</summary>
    /// <param name="outcome">The hash of what must be done to the rows first; null for nothing.</param>
    public static FlightDecision Allow(string? outcome = null) => new(true, "", outcome);

    /// <summary>The caller may not.</summary>
    /// <param name="reason">Why, in words that the caller may see.</param>
    public static FlightDecision Deny(string reason) => new(false, reason, null);
}
