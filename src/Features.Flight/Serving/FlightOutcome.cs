namespace Features.Flight.Serving;

/// <summary>How a call ended that the policy was asked about, or that was refused before it could be.</summary>
/// <param name="Access">What was asked; without a data set's name where the ticket could not be read.</param>
/// <param name="Reason">Why it was refused; empty for a read that came to its end.</param>
public sealed record FlightOutcome(FlightAccess Access, string Reason)
{
    /// <summary>True if the caller was refused; false for a read that began.</summary>
    public bool IsRefused => Reason.Length > 0;

    /// <summary>Rows that were sent; null where none could be.</summary>
    public long? Rows { get; init; }

    /// <summary>Bytes that were sent; null where none could be.</summary>
    public long? Bytes { get; init; }
}
