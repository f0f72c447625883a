using Features.Flight.Cache;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>RenewFlightEndpoint</c>: the same read for a longer time, with a ticket in the old one's stead and a longer lease, if the policy still allows it.</summary>
internal sealed class RenewAction(DatasetCache cache, ReadPlanner planner, TicketDesk tickets, FlightInfos infos) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "RenewFlightEndpoint",
        Description = "A RenewFlightEndpointRequest with an endpoint whose ticket still holds. One result: the FlightEndpoint with a ticket that holds longer; the data set is held as long.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        var ticket = ActionBodies.MessageOf(body, RenewFlightEndpointRequest.Parser).Endpoint?.Ticket
            ?? throw FlightErrors.Malformed("the request has no FlightEndpoint with a ticket; pass on the one of GetFlightInfo");
        var claims = await tickets.ProveAsync(ticket.Ticket_.Memory, caller, context.CancellationToken).ConfigureAwait(false);
        var read = await planner.RedeemAsync(claims, caller, context.CancellationToken).ConfigureAwait(false);
        var renewed = tickets.Renew(claims);
        cache.Renew(renewed.Id, renewed.Expires);
        yield return infos.Endpoint(read, renewed, context).ToByteArray();
    }
}
