using System.Runtime.ExceptionServices;
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
        var request = ActionBodies.RequestOf(body);
        var gone = await FaultOfAsync(request, caller, context.CancellationToken).ConfigureAwait(false);
        var isReleased = cache.Release(PinAction.LeaseOf(request, caller.ChargedTo(options))) | cache.Release(WarmAction.LeaseOf(request, caller));
        if (gone is not null && !isReleased)
        {
            ExceptionDispatchInfo.Throw(gone);
        }

        yield return ActionBodies.Json(new { dataset = request.Dataset, pinned = false });
    }

    // What a caller who may pin asks for may be gone, or be another, since it was pinned: it is let go all the same.
    private async Task<Exception?> FaultOfAsync(DatasetRequest request, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            await planner.AuthorizeStoreAsync(FlightPurpose.Pin, request, caller, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception fault) when (fault is DatasetNotFoundException or FormatException or RpcException { StatusCode: StatusCode.NotFound or StatusCode.InvalidArgument })
        {
            return fault;
        }
    }
}
