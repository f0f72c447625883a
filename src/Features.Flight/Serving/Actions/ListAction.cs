using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>list</c>: what is in memory or being loaded, as far as the caller may see the data sets, and what holds it there.</summary>
internal sealed class ListAction(DatasetCache cache, AccessDesk access) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "list",
        Description = "No body. A result for each layout and version in memory or loading: {\"dataset\":…,\"digest\":…,\"filter\":…,\"layout\":…,\"tensor_type\":…,\"columns\":…,\"rows\":…,\"total\":…,\"bytes\":…,\"spilled_bytes\":…,\"ready\":…,\"readers\":…,\"leases\":…,\"leased_until\":…,\"pins\":…}.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        foreach (var cached in cache.List().OrderBy(cached => cached.Name, StringComparer.Ordinal).ThenBy(cached => cached.Plan.Key, StringComparer.Ordinal))
        {
            if (await access.MaySeeAsync(cached.Plan.Dataset, caller, context.CancellationToken).ConfigureAwait(false))
            {
                yield return Describe(cached);
            }
        }
    }

    private static ReadOnlyMemory<byte> Describe(CachedDataset cached)
    {
        var plan = cached.Plan;
        return ActionBodies.Json(new
        {
            dataset = cached.Name,
            digest = cached.Digest,
            filter = plan.Dataset.Filter,
            layout = plan.Tensor is null ? "columns" : "tensor",
            tensor_type = plan.Tensor switch { null => null, { Type: TensorType.Float16 } => "float16", _ => "float32" },
            columns = plan.Schema.FieldsList.Count,
            rows = cached.Rows,
            total = plan.Dataset.Rows,
            bytes = cached.Bytes,
            spilled_bytes = cached.SpilledBytes,
            ready = cached.IsReady,
            readers = cached.Readers,
            leases = cached.Holds.Leases,
            leased_until = cached.Holds.LeasedUntil is { } until ? Moments.ToText(until) : null,
            pins = cached.Holds.Pins,
        });
    }
}
