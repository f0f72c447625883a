namespace Features.Flight.Serving;

/// <summary>
/// The policy at the edge of every read. It is asked when a read is planned and again each time its ticket is redeemed; its
/// implementation keeps the audit record.
/// </summary>
public interface IFlightAccess
{
    /// <summary>Whether a caller may. An exception denies.</summary>
    ValueTask<FlightDecision> DecideAsync(FlightAccess access, CancellationToken cancellationToken);

    /// <summary>Is told of every ticket that is refused before the policy is asked, and of every read's end. By default nothing is kept.</summary>
    ValueTask RecordAsync(FlightOutcome outcome, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
