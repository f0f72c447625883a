using Features.Flight.Cache;
using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>evict</c>: drops what is in memory under a name and held by nobody.</summary>
internal sealed class EvictAction(DatasetCache cache, ReadPlanner planner) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "evict",
        Description = "{\"dataset\":NAME} or {\"table\":NAME}: drops what nobody reads or holds of it from memory. One result: {\"dataset\":…,\"evicted\":…}.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        var selection = ActionBodies.NameOf(body, Type.Type);
        await planner.AuthorizeAsync(FlightPurpose.Evict, selection, caller, ticketId: null, context.CancellationToken).ConfigureAwait(false);
        var (evicted, inUse) = cache.Evict(selection.Name);
        if (inUse > 0)
        {
            throw FlightErrors.InUse($"the data set '{selection.Name}' is being read, loaded or held by a ticket or a pin; evict it when they are done (cancel the reads, unpin it)");
        }

        yield return ActionBodies.Json(new { dataset = selection.Name, evicted });
    }
}
