using Features.Flight.Cache;
using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>offer</c>: says that a name may stand for something newer; it is loaded beside what the jobs that follow the name read, and given to them at an epoch's edge.</summary>
internal sealed class OfferAction(DatasetCache cache, ReadPlanner planner) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "offer",
        Description = "{\"dataset\":NAME} or {\"table\":NAME}: has its newest version loaded for the jobs that follow it. A result for each: {\"dataset\":…,\"current\":…,\"next\":…,\"fault\":…}.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        var selection = ActionBodies.NameOf(body, Type.Type);
        await planner.AuthorizeAsync(FlightPurpose.Warm, selection, caller, ticketId: null, context.CancellationToken).ConfigureAwait(false);
        await cache.OfferAsync(selection.Name, context.CancellationToken).ConfigureAwait(false);
        foreach (var followed in cache.ListFollowed().Where(followed => followed.Name == selection.Name))
        {
            yield return ActionBodies.Json(new { dataset = followed.Name, current = followed.Current, next = followed.Next, fault = followed.Fault });
        }
    }
}
