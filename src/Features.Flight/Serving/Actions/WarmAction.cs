using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>warm</c>: loads a data set ahead of its readers, and holds it for as long as a ticket would.</summary>
internal sealed class WarmAction(DatasetCache cache, ReadPlanner planner, TicketAuthority tickets, FlightOptions options, TimeProvider clock) : IFlightAction
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    public ActionType Type { get; } = new()
    {
        Type = "warm",
        Description = "A request, as a descriptor's command has it: loads its data set ahead of its readers. Results: {\"dataset\":…,\"rows\":…,\"total\":…,\"bytes\":…,\"ready\":…,\"held_until\":…} while it loads; the last one is ready.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        var (cancelled, tenant) = (context.CancellationToken, caller.ChargedTo(options));
        var request = ActionBodies.RequestOf(body);
        var plan = await planner.AuthorizeStoreAsync(FlightPurpose.Warm, request, caller, cancelled).ConfigureAwait(false);
        var heldUntil = tickets.Expiry;
        cache.Hold(LeaseOf(request, caller), plan, tenant, heldUntil);
        var load = cache.WarmAsync(plan, tenant, cancelled);
        while (await Task.WhenAny(load, Task.Delay(Round, clock, cancelled)).ConfigureAwait(false) != load)
        {
            yield return Progress(plan, heldUntil);
        }

        await load.ConfigureAwait(false);
        yield return Progress(plan, heldUntil);
    }

    /// <summary>The id of the lease by which a caller holds what it had loaded.</summary>
    public static string LeaseOf(DatasetRequest request, Caller caller) => $"warm\n{caller.Tenant}\n{caller.Subject}\n{ActionBodies.DataOf(request)}";

    private ReadOnlyMemory<byte> Progress(StorePlan plan, DateTimeOffset heldUntil)
    {
        var cached = cache.Find(plan);
        return ActionBodies.Json(new
        {
            dataset = plan.Dataset.Name,
            rows = cached?.Rows ?? 0,
            total = plan.Dataset.Rows,
            bytes = cached?.Bytes ?? 0,
            ready = cached?.IsReady ?? false,
            held_until = Moments.ToText(heldUntil),
        });
    }
}
