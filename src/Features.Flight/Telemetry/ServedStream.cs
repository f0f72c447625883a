using System.Diagnostics;
using System.Globalization;
using Features.Flight.Serving;

namespace Features.Flight.Telemetry;

/// <summary>
/// One DoGet while it is open: how far it is, and who waits for whom. Written by the stream alone, read by anyone; counters take no lock and
/// make no garbage.
/// </summary>
internal sealed class ServedStream : IDisposable
{
    // A flush that only moves bytes through memory is shorter: less than this is nobody's waiting.
    private static readonly TimeSpan Moving = TimeSpan.FromMicroseconds(200);

    private readonly ActiveStreams registry;
    private readonly FlightMeter meter;
    private readonly TimeProvider clock;
    private KeyValuePair<string, object?>[] tags = [];
    private PlannedRead? read;
    private long since;
    private long blockedSince;
    private long blockedTicks;
    private long starvedTicks;
    private long position;
    private long step;
    private long rows;
    private long batches;
    private long bytes;
    private int isStalled;
    private bool hasRoom = true;

    public ServedStream(ActiveStreams registry, FlightMeter meter, TimeProvider clock, string subject, Action stalled)
    {
        (this.registry, this.meter, this.clock, Subject, Stalled) = (registry, meter, clock, subject, stalled);
        (Began, since) = (clock.GetUtcNow(), clock.GetTimestamp());
    }

    public string Subject { get; }

    public DateTimeOffset Began { get; }

    /// <summary>Called once, if the reader takes nothing for too long.</summary>
    public Action Stalled { get; }

    /// <summary>How the stream stands at this moment.</summary>
    public StreamSnapshot Snapshot() => new(Subject, read?.Store.Dataset.Name, read?.Order.Digest, read?.Delivery.Delivery.Rank ?? 0, read?.Delivery.Delivery.World ?? 0, Began)
    {
        Position = Volatile.Read(ref position),
        Step = Volatile.Read(ref step),
        Rows = Volatile.Read(ref rows),
        Batches = Volatile.Read(ref batches),
        Bytes = Volatile.Read(ref bytes),
        IsBlocked = Volatile.Read(ref blockedSince) != 0,
        Blocked = TimeSpan.FromTicks(Volatile.Read(ref blockedTicks)) + BlockedNow,
        Starved = TimeSpan.FromTicks(Volatile.Read(ref starvedTicks)),
    };

    /// <summary>How long the reader has taken nothing while rows are ready; zero if it does not wait for the reader.</summary>
    public TimeSpan BlockedNow => Volatile.Read(ref blockedSince) is not 0 and var start ? clock.GetElapsedTime(start) : TimeSpan.Zero;

    /// <summary>The ticket is redeemed: from here on it is known what is read.</summary>
    public void Opened(PlannedRead planned)
    {
        var delivery = planned.Delivery.Delivery;
        tags = [new("dataset", planned.Store.Dataset.Name), new("rank", delivery.Rank.ToString(CultureInfo.InvariantCulture)), new("world", delivery.World.ToString(CultureInfo.InvariantCulture))];
        Volatile.Write(ref position, planned.Delivery.First);
        Volatile.Write(ref read, planned);
        meter.Streams.Add(1, tags);
    }

    /// <summary>A batch was handed over whole.</summary>
    public void Sent(long batchPosition, long batchStep, int batchRows)
    {
        Volatile.Write(ref position, batchPosition);
        Volatile.Write(ref step, batchStep);
        Volatile.Write(ref rows, rows + batchRows);
        Volatile.Write(ref batches, batches + 1);
        meter.Batches.Add(1, tags);
        meter.Rows.Add(batchRows, tags);
    }

    /// <summary>Bytes are ready, and the reader is given them.</summary>
    public void Offers(int count)
    {
        var now = clock.GetTimestamp();
        Volatile.Write(ref bytes, bytes + count);
        meter.Bytes.Add(count, tags);

        // After a flush that had to wait, the buffers behind it are full: the reader lacks nothing meanwhile.
        if (hasRoom)
        {
            var elapsed = clock.GetElapsedTime(since, now);
            Volatile.Write(ref starvedTicks, starvedTicks + elapsed.Ticks);
            meter.Starved.Add(elapsed.TotalSeconds, tags);
        }

        since = now;
    }

    /// <summary>The reader has not yet made room for what it was offered.</summary>
    public void Waits() => Volatile.Write(ref blockedSince, since);

    /// <summary>The reader took what it was offered.</summary>
    public void Resumes()
    {
        var now = clock.GetTimestamp();
        Volatile.Write(ref blockedSince, 0);
        var elapsed = clock.GetElapsedTime(since, now);
        hasRoom = elapsed < Moving;
        if (!hasRoom)
        {
            Volatile.Write(ref blockedTicks, blockedTicks + elapsed.Ticks);
            meter.Blocked.Add(elapsed.TotalSeconds, tags);
        }

        since = now;
    }

    /// <summary>Gives up a reader that has taken nothing for so long.</summary>
    public void StallAfter(TimeSpan limit)
    {
        if (BlockedNow >= limit && Interlocked.Exchange(ref isStalled, 1) == 0)
        {
            Stalled();
        }
    }

    /// <summary>Writes the stream's facts to its trace.</summary>
    public void Describe(Activity activity)
    {
        var now = Snapshot();
        activity.SetTag("features.dataset", now.Dataset).SetTag("features.order.digest", now.OrderDigest).SetTag("features.rank", now.Rank).SetTag("features.world", now.World)
            .SetTag("features.rows", now.Rows).SetTag("features.batches", now.Batches).SetTag("features.bytes", now.Bytes)
            .SetTag("features.blocked_seconds", now.Blocked.TotalSeconds).SetTag("features.starved_seconds", now.Starved.TotalSeconds);
    }

    public void Dispose()
    {
        registry.Remove(this);
        if (read is not null)
        {
            meter.Streams.Add(-1, tags);
        }
    }
}
