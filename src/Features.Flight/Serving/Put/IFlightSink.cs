using Apache.Arrow;
using Features.Flight.Protocol;

namespace Features.Flight.Serving.Put;

/// <summary>Where rows go that clients put. An application that registers none serves no DoPut.</summary>
public interface IFlightSink
{
    /// <summary>The target of a request; null if there is none. Nothing is written yet. Of a table the policy was asked before; of a push source it is asked next, about the table that it fills.</summary>
    /// <exception cref="PutException">The request cannot be followed; the message says what to change.</exception>
    ValueTask<PutTarget?> FindAsync(PutRequest request, CancellationToken cancellationToken);

    /// <summary>Begins a put that the policy allows.</summary>
    /// <param name="target">The target.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="schema">The rows' columns: no dictionaries, no 64-bit offsets.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="PutException">The columns are not the target's; the message names each that is at fault.</exception>
    ValueTask<IFlightPut> OpenAsync(PutTarget target, PutRequest request, Schema schema, CancellationToken cancellationToken);
}
