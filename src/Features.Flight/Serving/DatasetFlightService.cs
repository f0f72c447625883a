using Features.Flight.Cache;
using Features.Flight.Frames;
using Features.Flight.Protocol;
using Features.Flight.Serving.Actions;
using Features.Flight.Serving.Put;
using Google.Protobuf;
using Grpc.Core;
using Action = Features.Flight.Protocol.Action;
using Empty = Features.Flight.Protocol.Empty;

namespace Features.Flight.Serving;

/// <summary>The Arrow Flight service: each call is planned, allowed, and answered with one status per kind of error. DoGet is <see cref="DataPlane.DoGetEndpoint"/>.</summary>
internal sealed class DatasetFlightService(
    ReadPlanner planner, TicketDesk tickets, FlightInfos infos, LoadPolls polls, FlightActions actions, PutDoor puts)
    : FlightService.FlightServiceBase
{
    public override async Task ListFlights(Criteria request, IServerStreamWriter<FlightInfo> responseStream, ServerCallContext context)
    {
        var prefix = request.Expression.ToStringUtf8();
        var (caller, cancelled) = (Caller.Of(context), context.CancellationToken);
        await foreach (var dataset in planner.ListAsync(caller, cancelled).ConfigureAwait(false))
        {
            if (dataset.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                await responseStream.WriteAsync(await DescribeAsync(dataset, caller, context).ConfigureAwait(false), cancelled).ConfigureAwait(false);
            }
        }
    }

    public override async Task<FlightInfo> GetFlightInfo(FlightDescriptor request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var read = await planner.PlanAsync(Descriptors.RequestOf(request), caller, context.CancellationToken).ConfigureAwait(false);
        return infos.Describe(read, tickets.Issue(read, caller), request, context);
    }

    public override Task<PollInfo> PollFlightInfo(FlightDescriptor request, ServerCallContext context) => polls.PollAsync(request, Caller.Of(context), context);

    public override async Task<SchemaResult> GetSchema(FlightDescriptor request, ServerCallContext context)
    {
        var read = await planner.PlanAsync(Descriptors.RequestOf(request), Caller.Of(context), context.CancellationToken).ConfigureAwait(false);
        return new SchemaResult { Schema = UnsafeByteOperations.UnsafeWrap(SchemaMessage.Encode(read.Schema)) };
    }

    public override async Task DoAction(Action request, IServerStreamWriter<Result> responseStream, ServerCallContext context)
    {
        await foreach (var result in actions.RunAsync(request, Caller.Of(context), context).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(new Result { Body = UnsafeByteOperations.UnsafeWrap(result) }, context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task ListActions(Empty request, IServerStreamWriter<ActionType> responseStream, ServerCallContext context)
    {
        foreach (var type in actions.Types)
        {
            await responseStream.WriteAsync(type, context.CancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Answers with the bearer token that the call came with, whose proof is the host's: there is no store of users and passwords to exchange for one.</summary>
    public override async Task Handshake(IAsyncStreamReader<HandshakeRequest> requestStream, IServerStreamWriter<HandshakeResponse> responseStream, ServerCallContext context)
    {
        const string Authorization = "authorization";
        var http = context.GetHttpContext();
        if (http.User.Identity is not { IsAuthenticated: true } || http.Request.Headers.Authorization is not [{ } token])
        {
            throw FlightErrors.NotServed("there is no handshake, for nobody has to say who they are here; where they have to, it answers a call that carries 'authorization: Bearer TOKEN'");
        }

        context.ResponseTrailers.Add(Authorization, token);
        await context.WriteResponseHeadersAsync(new Metadata { { Authorization, token } }).ConfigureAwait(false);
        while (await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(new HandshakeResponse { ProtocolVersion = requestStream.Current.ProtocolVersion }, context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override Task DoPut(IAsyncStreamReader<FlightData> requestStream, IServerStreamWriter<PutResult> responseStream, ServerCallContext context) =>
        puts.RunAsync(requestStream, responseStream, Caller.Of(context), context.CancellationToken);

    public override Task DoExchange(IAsyncStreamReader<FlightData> requestStream, IServerStreamWriter<FlightData> responseStream, ServerCallContext context) =>
        throw FlightErrors.NotServed("DoExchange is not served; read with GetFlightInfo and DoGet");

    // Who may see a data set, and not read it, is told its name; and one that cannot be read now hides no other.
    private async Task<FlightInfo> DescribeAsync(DatasetPlan dataset, Caller caller, ServerCallContext context)
    {
        var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { dataset.Name } };
        try
        {
            var read = await planner.PlanAsync(new DatasetRequest(dataset.Name) { Table = dataset.Table }, caller, context.CancellationToken).ConfigureAwait(false);
            return infos.Describe(read, tickets.Issue(read, caller), descriptor, context);
        }
        catch (Exception fault) when (fault is RpcException { StatusCode: StatusCode.PermissionDenied } or DatasetSourceException)
        {
            return new FlightInfo { FlightDescriptor = descriptor, TotalRecords = -1, TotalBytes = -1, Ordered = true };
        }
    }
}
