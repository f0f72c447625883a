using Features.Flight.Protocol;
using Features.Flight.Telemetry;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary><c>streams</c>: how far the caller's own streams are, and who waits for whom in each.</summary>
internal sealed class StreamsAction(ActiveStreams streams) : IFlightAction
{
    public ActionType Type { get; } = new()
    {
        Type = "streams",
        Description = "No body. A result for each open stream of the caller: {\"dataset\":…,\"order\":…,\"rank\":…,\"world\":…,\"began\":…,\"position\":…,\"step\":…,\"rows\":…,\"batches\":…,\"bytes\":…,\"blocked_seconds\":…,\"starved_seconds\":…}.",
    };

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var stream in streams.List().Where(stream => stream.Subject == caller.Subject))
        {
            yield return ActionBodies.Json(new
            {
                dataset = stream.Dataset,
                order = stream.OrderDigest,
                rank = stream.Rank,
                world = stream.World,
                began = Moments.ToText(stream.Began),
                position = stream.Position,
                step = stream.Step,
                rows = stream.Rows,
                batches = stream.Batches,
                bytes = stream.Bytes,
                blocked_seconds = stream.Blocked.TotalSeconds,
                starved_seconds = stream.Starved.TotalSeconds,
            });
        }
    }
}
