using Features.Flight.Cache;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>CancelFlightInfo</c>: ends the streams of a read at once, has its ticket refused from now on, and lets its data set go.</summary>
internal sealed class CancelAction(DatasetCache cache, TicketDesk tickets) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "CancelFlightInfo",
        Description = "A CancelFlightInfoRequest with the FlightInfo: ends its streams at once, refuses its tickets from now on and lets its data set go. One result: a CancelFlightInfoResult.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        if (ActionBodies.MessageOf(body, CancelFlightInfoRequest.Parser).Info is not { Endpoint.Count: > 0 } info)
        {
            throw FlightErrors.Malformed("the request has no FlightInfo with endpoints; pass on the one of GetFlightInfo");
        }

        foreach (var endpoint in info.Endpoint)
        {
            cache.Release(await tickets.RevokeAsync(endpoint.Ticket?.Ticket_.Memory ?? default, caller, context.CancellationToken).ConfigureAwait(false));
        }

        yield return new CancelFlightInfoResult { Status = CancelStatus.Cancelled }.ToByteArray();
    }
}
