namespace Features.Flight.Serving.Put;

/// <summary>A put is refused.</summary>
/// <param name="fault">The kind of refusal.</param>
/// <param name="message">What, which, and what to do, in words that the caller may see.</param>
public sealed class PutException(PutFault fault, string message) : FlightException(message, null, fault == PutFault.Waiting)
{
    /// <summary>The kind of refusal.</summary>
    public PutFault Fault { get; } = fault;
}
