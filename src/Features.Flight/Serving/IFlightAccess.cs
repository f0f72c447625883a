namespace Features.Flight.Serving;

/// <summary>
/// The policy at the edge of every read. It is asked when a read is planned and again each time its ticket is redeemed; its
/// implementation keeps the audit record.
/// </summary>
public interface IFlightAccess
{
    /// <summary>Whether a caller may. An exception denies.</summary>
    ValueTask<FlightDecision> DecideAsync(FlightAccess access, CancellationToken cancellationToken);

    /// <summary>
    /// Whether a caller may at all, asked before anything of that name is looked for: the question has no columns but those that were asked for by name, and no snapshot. Who may is asked
    /// about again, with all that is known then; so only a refusal belongs in the audit record. By default every caller may, and the second question alone decides.
    /// </summary>
    ValueTask<FlightDecision> ForeseeAsync(FlightAccess access, CancellationToken cancellationToken) => ValueTask.FromResult(FlightDecision.Allow());

    /// <summary>Is told of every ticket that is refused before the policy is asked, and of every read's end. By default nothing is kept.</summary>
    ValueTask RecordAsync(FlightOutcome outcome, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
