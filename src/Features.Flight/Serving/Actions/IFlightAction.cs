using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary>One action of DoAction.</summary>
internal interface IFlightAction
{
    /// <summary>Its name and what it takes and gives, as ListActions says them.</summary>
    ActionType Type { get; }

    /// <summary>Runs it and gives its results as they come.</summary>
    /// <exception cref="RpcException">The body is not what it takes, or the caller may not.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> RunAsync(ReadOnlyMemory<byte> body, Caller caller, ServerCallContext context);
}
