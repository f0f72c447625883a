namespace Features.Flight.Serving;

/// <summary>
/// The policy at the edge of every read. It is asked when a read is planned and again each time its ticket is redeemed; its
/// implementation keeps the audit record.
/// </summary>
public interface IFlightAccess
{
    /// <summary>Whether a caller may. An exception denies.</summary>
    ValueTask<FlightDecision> DecideAsync(FlightAccess access, CancellationToken cancellationToken);
}
