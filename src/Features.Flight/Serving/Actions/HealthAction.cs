using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Flight.Telemetry;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>health</c>: that the service answers, and how full it is. It says no names, and needs no grant.</summary>
internal sealed class HealthAction(DatasetCache cache, ActiveStreams streams) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "health",
        Description = "No body. One result: {\"status\":\"serving\",\"budget_bytes\":…,\"used_bytes\":…,\"spilled_bytes\":…,\"datasets\":…,\"streams\":…}.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return ActionBodies.Json(new
        {
            status = "serving",
            budget_bytes = cache.BudgetBytes,
            used_bytes = cache.UsedBytes,
            spilled_bytes = cache.SpilledBytes,
            datasets = cache.List().Count,
            streams = streams.List().Count,
        });
    }
}
