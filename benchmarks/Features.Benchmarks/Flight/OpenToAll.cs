using Features.Flight.Serving;

namespace Features.Benchmarks.Flight;

/// <summary>No policy: whoever reaches the port may read.</summary>
internal sealed class OpenToAll : IFlightAccess
{
    public ValueTask<FlightDecision> DecideAsync(FlightAccess access, CancellationToken cancellationToken) => ValueTask.FromResult(FlightDecision.Allow());
}
