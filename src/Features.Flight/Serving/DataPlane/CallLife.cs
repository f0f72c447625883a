using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Features.Flight.Serving.DataPlane;

/// <summary>
/// What may end a call early: its client, its deadline, a stall, and the service's own end. The first reason counts. All but the last end the call
/// at once; when the service stops, a message that is under way may be finished, so that the client can resume after it.
/// </summary>
internal sealed class CallLife : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stop;
    private readonly CancellationTokenRegistration gone;
    private readonly CancellationTokenRegistration stopping;
    private readonly ITimer? deadline;
    private readonly TimeProvider clock;
    private ITimer? grace;
    private int end;

    /// <param name="context">The call.</param>
    /// <param name="timeout">How long it may take; null for ever.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    public CallLife(HttpContext context, TimeSpan? timeout, TimeProvider clock, CancellationToken stopping)
    {
        this.clock = clock;
        stop = new CancellationTokenSource();
        gone = context.RequestAborted.UnsafeRegister(static life => ((CallLife)life!).EndAt(CallEnd.Gone), this);
        this.stopping = stopping.UnsafeRegister(static life => ((CallLife)life!).Stop(), this);

        // A timer takes at most 2^32 - 2 milliseconds; who waits longer than that waits for ever.
        if (timeout is { } limit && limit.TotalMilliseconds < uint.MaxValue - 1)
        {
            deadline = clock.CreateTimer(static life => ((CallLife)life!).EndAt(CallEnd.Deadline), this, limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Why the call is to end; <see cref="CallEnd.None"/> while it is not.</summary>
    public CallEnd End => (CallEnd)Volatile.Read(ref end);

    /// <summary>Cancelled when work on the call must end at once.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>Set while what was written waits for the reader: nothing that is said after it arrives before it is taken.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>Ends the call for a reader that takes nothing.</summary>
    public void Stall() => EndAt(CallEnd.Stalled);

    /// <summary>Ends the call for whoever cancelled its read.</summary>
    public void Revoke() => EndAt(CallEnd.Revoked);

    /// <summary>The status that says why the call ended early; null if it did not.</summary>
    public RpcException? Reason() => End switch
    {
        CallEnd.Gone => new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled")),
        CallEnd.Deadline => new RpcException(new Status(StatusCode.DeadlineExceeded, "the call's deadline is over; resume where it ended, with a later one")),
        CallEnd.Stalled => FlightErrors.Exhausted("the reader took nothing for too long (StallTimeout); resume where it ended"),
        CallEnd.Revoked => new RpcException(new Status(StatusCode.Cancelled, "the read was cancelled by CancelFlightInfo")),
        CallEnd.Stopping => new RpcException(new Status(StatusCode.Unavailable, "the service is stopping; resume at another location, or here later")),
        _ => null,
    };

    public void Dispose()
    {
        gone.Dispose();
        stopping.Dispose();
        deadline?.Dispose();
        grace?.Dispose();
        stop.Dispose();
    }

    private void EndAt(CallEnd reason)
    {
        Interlocked.CompareExchange(ref end, (int)reason, (int)CallEnd.None);
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // A timer or a stall may come just when the call has ended by itself.
        }
    }

    private void Stop()
    {
        if (Interlocked.CompareExchange(ref end, (int)CallEnd.Stopping, (int)CallEnd.None) == (int)CallEnd.None)
        {
            grace = clock.CreateTimer(static life => ((CallLife)life!).EndAt(CallEnd.Stopping), this, Grace, Timeout.InfiniteTimeSpan);
        }
    }
}
