using Features.Flight.Cache;
using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>unpin</c>: ends what <see cref="PinAction"/> began, and the hold of a <see cref="WarmAction"/> of the caller.</summary>
internal sealed class UnpinAction(DatasetCache cache, ReadPlanner planner, FlightOptions options) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "unpin",
        Description = "The request that was pinned or warmed: its data set may leave memory again. One result: {\"dataset\":…,\"pinned\":false}.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        var plan = await planner.AuthorizeStoreAsync(FlightPurpose.Pin, ActionBodies.RequestOf(body), caller, context.CancellationToken).ConfigureAwait(false);
        cache.Unpin(plan, caller.ChargedTo(options));
        cache.Release(WarmAction.LeaseOf(plan, caller));
        yield return ActionBodies.Json(new { dataset = plan.Dataset.Name, pinned = false });
    }
}
