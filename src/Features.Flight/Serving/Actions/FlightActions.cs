using Features.Flight.Protocol;
using Grpc.Core;
using Action = Features.Flight.Protocol.Action;

namespace Features.Flight.Serving.Actions;

/// <summary>The actions of DoAction, by their names.</summary>
internal sealed class FlightActions(IEnumerable<IFlightAction> actions)
{
    private readonly Dictionary<string, IFlightAction> byName = actions.ToDictionary(action => action.Type.Type);

    public IEnumerable<ActionType> Types => byName.Values.Select(action => action.Type);

    /// <exception cref="RpcException">There is no such action.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(Action action, Caller caller, ServerCallContext context) =>
        byName.TryGetValue(action.Type, out var known)
            ? known.RunAsync(action.Body.Memory, caller, context)
            : throw FlightErrors.NotServed($"there is no action '{action.Type}'; there are: {string.Join(", ", byName.Keys)}");
}
