using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Serving;

/// <summary>Gives every fault its status, and logs those that are the service's own.</summary>
internal sealed class FaultInterceptor(ILogger<DatasetFlightService> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            throw Refuse(fault, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            throw Refuse(fault, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            throw Refuse(fault, context);
        }
    }

    private RpcException Refuse(Exception fault, ServerCallContext context)
    {
        // A caller that has gone makes writes fail in many ways; none is a fault of the service.
        if (context.CancellationToken.IsCancellationRequested)
        {
            return FlightErrors.Of(new OperationCanceledException());
        }

        var refusal = FlightErrors.Of(fault);
        if (refusal.StatusCode is StatusCode.Internal or StatusCode.DataLoss)
        {
            log.CallFailed(context.Method, fault);
        }

        return refusal;
    }
}
