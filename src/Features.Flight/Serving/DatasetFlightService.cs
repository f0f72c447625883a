using Features.Flight.Cache;
using Features.Flight.Frames;
using Features.Flight.Protocol;
using Features.Flight.Serving.Put;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Action = Features.Flight.Protocol.Action;
using Empty = Features.Flight.Protocol.Empty;

namespace Features.Flight.Serving;

/// <summary>The Arrow Flight service: each call is planned, allowed, and answered with one status per kind of error. DoGet is <see cref="DataPlane.DoGetEndpoint"/>.</summary>
internal sealed class DatasetFlightService(
    DatasetCache cache, ReadPlanner planner, FlightInfos infos, FlightActions actions, TicketAuthority tickets, FlightOptions options, TimeProvider clock, PutDoor puts)
    : FlightService.FlightServiceBase
{
    public override async Task ListFlights(Criteria request, IServerStreamWriter<FlightInfo> responseStream, ServerCallContext context)
    {
        var prefix = request.Expression.ToStringUtf8();
        var caller = Caller.Of(context);
        await foreach (var dataset in planner.ListAsync(caller, context.CancellationToken).ConfigureAwait(false))
        {
            if (dataset.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                var read = await planner.PlanAsync(new DatasetRequest(dataset.Name), caller, context.CancellationToken).ConfigureAwait(false);
                var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { dataset.Name } };
                await responseStream.WriteAsync(infos.Describe(read, descriptor, caller, context), context.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override async Task<FlightInfo> GetFlightInfo(FlightDescriptor request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var read = await planner.PlanAsync(RequestOf(request), caller, context.CancellationToken).ConfigureAwait(false);
        return infos.Describe(read, request, caller, context);
    }

    /// <summary>Loads the data set, and answers when it is ready or with the progress after a while; done when it is in memory.</summary>
    public override async Task<PollInfo> PollFlightInfo(FlightDescriptor request, ServerCallContext context)
    {
        var caller = Caller.Of(context);
        var read = await planner.PlanAsync(RequestOf(request), caller, context.CancellationToken).ConfigureAwait(false);
        var load = cache.WarmAsync(read.Store, context.CancellationToken);
        var isReady = await Task.WhenAny(load, Task.Delay(options.PollWait, clock, context.CancellationToken)).ConfigureAwait(false) == load;
        if (isReady)
        {
            await load.ConfigureAwait(false);
        }

        var info = infos.Describe(read, request, caller, context);
        return new PollInfo
        {
            Info = info,
            FlightDescriptor = isReady ? null : request,
            Progress = isReady ? 1 : Math.Min(1.0, (double)(cache.Find(read.Store)?.Rows ?? 0) / Math.Max(1, read.Store.Dataset.Rows)),
            ExpirationTime = Timestamp.FromDateTimeOffset(tickets.Now + options.TicketLifetime),
        };
    }

    public override async Task<SchemaResult> GetSchema(FlightDescriptor request, ServerCallContext context)
    {
        var read = await planner.PlanAsync(RequestOf(request), Caller.Of(context), context.CancellationToken).ConfigureAwait(false);
        return new SchemaResult { Schema = UnsafeByteOperations.UnsafeWrap(SchemaMessage.Encode(read.Schema)) };
    }

    public override async Task DoAction(Action request, IServerStreamWriter<Result> responseStream, ServerCallContext context)
    {
        await foreach (var result in actions.RunAsync(request, Caller.Of(context), context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(new Result { Body = UnsafeByteOperations.UnsafeWrap(result) }, context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task ListActions(Empty request, IServerStreamWriter<ActionType> responseStream, ServerCallContext context)
    {
        foreach (var type in FlightActions.Types)
        {
            await responseStream.WriteAsync(type, context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override Task Handshake(IAsyncStreamReader<HandshakeRequest> requestStream, IServerStreamWriter<HandshakeResponse> responseStream, ServerCallContext context) =>
        throw FlightErrors.NotServed("there is no handshake; send 'authorization: Bearer TOKEN' with each call where authentication is configured, and nothing where it is not");

    public override Task DoPut(IAsyncStreamReader<FlightData> requestStream, IServerStreamWriter<PutResult> responseStream, ServerCallContext context) =>
        puts.RunAsync(requestStream, responseStream, Caller.Of(context), context.CancellationToken);

    public override Task DoExchange(IAsyncStreamReader<FlightData> requestStream, IServerStreamWriter<FlightData> responseStream, ServerCallContext context) =>
        throw FlightErrors.NotServed("DoExchange is not served; read with GetFlightInfo and DoGet");

    private static DatasetRequest RequestOf(FlightDescriptor descriptor) => descriptor.Type switch
    {
        FlightDescriptor.Types.DescriptorType.Cmd => DatasetRequestJson.Parse(descriptor.Cmd.Memory),
        FlightDescriptor.Types.DescriptorType.Path when descriptor.Path is [{ Length: > 0 } name] => new DatasetRequest(name),
        _ => throw FlightErrors.Malformed("the descriptor must be a path of one part, the data set's name, or a JSON command as schemas/flight/request.schema.json describes it"),
    };
}
