using Features.Flight.Telemetry;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Serving;

/// <summary>Holds requests to their limit, gives every fault its status and counts it, and logs what an operator must know.</summary>
internal sealed class FaultInterceptor(FlightMeter meter, ILogger<DatasetFlightService> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            Descriptors.CheckSize(request as IMessage);
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
            Descriptors.CheckSize(request as IMessage);
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
        var isGone = context.CancellationToken.IsCancellationRequested;
        var refusal = FlightErrors.Of(isGone ? new OperationCanceledException() : fault);
        if (!isGone)
        {
            log.Refused(context.Method, fault, refusal);
        }

        meter.Refused(context.Method[(context.Method.LastIndexOf('/') + 1)..], refusal.StatusCode);
        return refusal;
    }
}
