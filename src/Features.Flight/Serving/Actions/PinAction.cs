using Features.Flight.Cache;
using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>pin</c>: keeps a data set in memory, once it is loaded, until the caller's tenant unpins it.</summary>
internal sealed class PinAction(DatasetCache cache, ReadPlanner planner, FlightOptions options) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "pin",
        Description = "A request, as a descriptor's command has it: its data set stays in memory, once it is loaded, until it is unpinned. One result: {\"dataset\":…,\"pinned\":true}.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        var (request, tenant) = (ActionBodies.RequestOf(body), caller.ChargedTo(options));
        var plan = await planner.AuthorizeStoreAsync(FlightPurpose.Pin, request, caller, context.CancellationToken).ConfigureAwait(false);
        cache.Hold(LeaseOf(request, tenant), plan, tenant, DateTimeOffset.MaxValue);
        yield return ActionBodies.Json(new { dataset = plan.Dataset.Name, pinned = true });
    }

    /// <summary>The id of the lease by which a tenant holds what it pinned: of the request, which may stand for another version when it is unpinned.</summary>
    public static string LeaseOf(DatasetRequest request, FlightTenant tenant) => $"pin\n{tenant.Name}\n{ActionBodies.DataOf(request)}";
}
