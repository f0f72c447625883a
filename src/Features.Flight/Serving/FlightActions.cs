using System.Text.Json;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Grpc.Core;
using Action = Features.Flight.Protocol.Action;
using ActionType = Features.Flight.Protocol.ActionType;

namespace Features.Flight.Serving;

/// <summary>The actions of DoAction. Bodies and results are JSON (<c>schemas/flight/README.md</c>).</summary>
internal sealed class FlightActions(DatasetCache cache, ReadPlanner planner, TimeProvider clock)
{
    public static IReadOnlyList<ActionType> Types { get; } =
    [
        new ActionType { Type = "health", Description = "No body. One result: {\"status\":\"serving\",\"budget_bytes\":…,\"used_bytes\":…,\"datasets\":…}." },
        new ActionType { Type = "warm", Description = "{\"dataset\":NAME}: loads a data set ahead of its readers. Results: {\"dataset\":…,\"rows\":…,\"total\":…,\"bytes\":…,\"ready\":…} while it loads; the last one is ready." },
        new ActionType { Type = "evict", Description = "{\"dataset\":NAME}: drops a data set that nobody reads from memory. One result: {\"dataset\":…,\"evicted\":…}." },
    ];

    /// <summary>The results of an action, as UTF-8 JSON.</summary>
    public IAsyncEnumerable<byte[]> RunAsync(Action action, Caller caller, CancellationToken cancellationToken) => action.Type switch
    {
        "health" => HealthAsync(),
        "warm" => WarmAsync(DatasetOf(action), caller, cancellationToken),
        "evict" => EvictAsync(DatasetOf(action), caller, cancellationToken),
        _ => throw FlightErrors.NotServed($"there is no action '{action.Type}'; there are: {string.Join(", ", Types.Select(type => type.Type))}"),
    };

    private static string DatasetOf(Action action)
    {
        try
        {
            using var body = JsonDocument.Parse(action.Body.Memory, new JsonDocumentOptions { MaxDepth = 4 });
            if (body.RootElement is { ValueKind: JsonValueKind.Object } json && json.EnumerateObject().All(member => member.Name == "dataset")
                && json.TryGetProperty("dataset", out var name) && name.ValueKind == JsonValueKind.String)
            {
                return name.GetString()!;
            }
        }
        catch (JsonException)
        {
            // Said below, as for every other body that is not the one wanted.
        }

        throw FlightErrors.Malformed($"the action '{action.Type}' takes the body {{\"dataset\":NAME}}");
    }

    private async IAsyncEnumerable<byte[]> HealthAsync()
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return JsonSerializer.SerializeToUtf8Bytes(new { status = "serving", budget_bytes = cache.BudgetBytes, used_bytes = cache.UsedBytes, datasets = cache.List().Count });
    }

    private async IAsyncEnumerable<byte[]> WarmAsync(string name, Caller caller, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var plan = await planner.AuthorizeAsync(FlightPurpose.Warm, name, columns: null, caller, ticketId: null, cancellationToken).ConfigureAwait(false);
        var load = cache.WarmAsync(new StorePlan(plan), cancellationToken);
        while (await Task.WhenAny(load, Task.Delay(TimeSpan.FromSeconds(1), clock, cancellationToken)).ConfigureAwait(false) != load)
        {
            yield return Progress(plan, cache.Find(new StorePlan(plan)));
        }

        await load.ConfigureAwait(false);
        yield return Progress(plan, cache.Find(new StorePlan(plan)));
    }

    private async IAsyncEnumerable<byte[]> EvictAsync(string name, Caller caller, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await planner.AuthorizeAsync(FlightPurpose.Evict, name, columns: null, caller, ticketId: null, cancellationToken).ConfigureAwait(false);
        var (evicted, inUse) = cache.Evict(name);
        if (inUse > 0)
        {
            throw FlightErrors.InUse($"the data set '{name}' is being read or loaded; evict it when its readers are done");
        }

        yield return JsonSerializer.SerializeToUtf8Bytes(new { dataset = name, evicted });
    }

    private static byte[] Progress(DatasetPlan plan, CachedDataset? cached) => JsonSerializer.SerializeToUtf8Bytes(
        new { dataset = plan.Name, rows = cached?.Rows ?? 0, total = plan.Rows, bytes = cached?.Bytes ?? 0, ready = cached?.IsReady ?? false });
}
