using System.Diagnostics;
using Features.Flight.Cache;
using Features.Flight.Frames;
using Features.Flight.Telemetry;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Serving.DataPlane;

/// <summary>
/// DoGet, answered on HTTP/2 itself. A gRPC service would hand each message over as an object and copy it twice more on its way; the control plane
/// (<see cref="DatasetFlightService"/>) is one, for it moves few bytes.
/// </summary>
internal sealed class DoGetEndpoint(
    TicketDesk tickets,
    DatasetCache cache,
    FlightOptions options,
    StreamLimits limits,
    ActiveStreams streams,
    FlightMeter meter,
    TimeProvider clock,
    IHostApplicationLifetime host,
    ILogger<DoGetEndpoint> log)
{
    /// <summary>The method's path, as gRPC makes it of the service's and the method's name.</summary>
    public const string Path = "/arrow.flight.protocol.FlightService/DoGet";

    private const string Method = "DoGet";

    // RFC 9113, section 7; gRPC maps them to statuses (PROTOCOL-HTTP2, Errors).
    private const int RefusedStream = 0x7;
    private const int Cancel = 0x8;
    private const int EnhanceYourCalm = 0xb;

    /// <summary>Answers one call.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!await GrpcResponse.BeginAsync(context).ConfigureAwait(false))
        {
            return;
        }

        var caller = Caller.Of(context);
        using var activity = FlightActivities.StartStream(caller.Subject);
        CallLife? life = null;
        try
        {
            life = new CallLife(context, GrpcTimeout.Parse(context.Request.Headers["grpc-timeout"]), clock, host.ApplicationStopping);
            await StreamAsync(context, caller, life, activity).ConfigureAwait(false);
            GrpcResponse.End(context, Status.DefaultSuccess);
        }
        catch (Exception fault)
        {
            Refuse(context, fault, life, activity);
        }
        finally
        {
            life?.Dispose();
        }
    }

    private async Task StreamAsync(HttpContext context, Caller caller, CallLife life, Activity? activity)
    {
        using var place = limits.Enter(caller.Tenant, caller.Subject, context.Connection.Id);
        using var stream = streams.Begin(caller.Subject, life.Stall);
        var ticket = await TicketMessage.ReadAsync(context.Request.BodyReader, life.Token).ConfigureAwait(false);
        using var redeemed = await tickets.RedeemAsync(ticket, caller, life.Revoke, life.Token).ConfigureAwait(false);
        var read = redeemed.Read;
        stream.Opened(read);
        try
        {
            cache.HoldAtLeast(redeemed.Claims.Id, read.Store, caller.ChargedTo(options), redeemed.Claims.Expires);
            using var lease = await cache.OpenAsync(read.Store, caller.ChargedTo(options), life.Token).ConfigureAwait(false);
            using var frames = new RankFrames(read, lease.Store, read.MaxMessageBytes ?? options.MaxMessageBytes);
            await new FramePump(frames, context.Response.BodyWriter, stream, life).RunAsync().ConfigureAwait(false);
        }
        finally
        {
            if (activity is not null)
            {
                stream.Describe(activity);
            }

            var sent = stream.Snapshot();
            await redeemed.EndAsync(sent.Rows, sent.Bytes).ConfigureAwait(false);
        }
    }

    private void Refuse(HttpContext context, Exception fault, CallLife? life, Activity? activity)
    {
        // A client that has gone makes writes fail in many ways; none is a fault of the service.
        var isGone = life is { End: CallEnd.Gone } || context.RequestAborted.IsCancellationRequested;
        var refusal = life?.Reason() ?? (isGone ? FlightErrors.Of(new OperationCanceledException()) : FlightErrors.Of(fault));
        if (!isGone && life?.Reason() is null)
        {
            log.Refused(Method, fault, refusal);
        }

        meter.Refused(Method, refusal.StatusCode);
        activity?.SetStatus(ActivityStatusCode.Error, refusal.Status.Detail);
        if (isGone)
        {
            return;
        }

        // Trailers come after all that was written: a reader that takes nothing would never see them, and what waits for it would stay in memory.
        if (life is { IsBlocked: true })
        {
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(life.End switch
            {
                CallEnd.Stalled => EnhanceYourCalm,
                CallEnd.Stopping => RefusedStream,
                _ => Cancel,
            });
            return;
        }

        GrpcResponse.End(context, refusal.Status);
    }
}
