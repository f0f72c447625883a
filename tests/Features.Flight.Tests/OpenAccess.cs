using Features.Flight.Serving;

namespace Features.Flight.Tests;

/// <summary>Allows what the test's rule allows, and keeps every question.</summary>
internal sealed class OpenAccess : IFlightAccess
{
    public List<FlightAccess> Asked { get; } = [];

    public Func<FlightAccess, FlightDecision> Rule { get; set; } = _ => FlightDecision.Allow();

    /// <summary>What is said before anything is looked for; those questions are not kept.</summary>
    public Func<FlightAccess, FlightDecision> Foresight { get; set; } = _ => FlightDecision.Allow();

    public ValueTask<FlightDecision> ForeseeAsync(FlightAccess access, CancellationToken cancellationToken) => ValueTask.FromResult(Foresight(access));

    public ValueTask<FlightDecision> DecideAsync(FlightAccess access, CancellationToken cancellationToken)
    {
        lock (Asked)
        {
            Asked.Add(access);
        }

        return ValueTask.FromResult(Rule(access));
    }
}
