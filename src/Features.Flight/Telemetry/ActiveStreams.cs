using System.Collections.Concurrent;

namespace Features.Flight.Telemetry;

/// <summary>The streams that are open. Looks after them at times, so that a reader that takes nothing does not hold its data set for ever.</summary>
internal sealed class ActiveStreams : IDisposable
{
    private static readonly TimeSpan LongestRound = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ServedStream, byte> streams = [];
    private readonly FlightMeter meter;
    private readonly TimeProvider clock;
    private readonly ITimer? rounds;

    /// <param name="meter">Where streams are counted.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="stallTimeout">How long a reader may take nothing while rows are ready; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    public ActiveStreams(FlightMeter meter, TimeProvider clock, TimeSpan stallTimeout)
    {
        (this.meter, this.clock) = (meter, clock);
        if (stallTimeout != Timeout.InfiniteTimeSpan)
        {
            var round = TimeSpan.FromTicks(Math.Min(LongestRound.Ticks, stallTimeout.Ticks / 4));
            rounds = clock.CreateTimer(_ => LookAfter(stallTimeout), state: null, round, round);
        }
    }

    /// <summary>The streams that are open now, the oldest first.</summary>
    public IReadOnlyList<StreamSnapshot> List() => [.. streams.Keys.Select(stream => stream.Snapshot()).OrderBy(stream => stream.Began)];

    /// <summary>A stream begins. Whoever serves it disposes it at its end.</summary>
    /// <param name="subject">Who reads.</param>
    /// <param name="stalled">Called once, from another thread, if the reader takes nothing for too long.</param>
    public ServedStream Begin(string subject, Action stalled)
    {
        var stream = new ServedStream(this, meter, clock, subject, stalled);
        streams.TryAdd(stream, 0);
        return stream;
    }

    public void Dispose() => rounds?.Dispose();

    internal void Remove(ServedStream stream) => streams.TryRemove(stream, out _);

    private void LookAfter(TimeSpan stallTimeout)
    {
        foreach (var stream in streams.Keys)
        {
            stream.StallAfter(stallTimeout);
        }
    }
}
