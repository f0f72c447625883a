using Features.Core.Definitions;

namespace Features.Core.PointInTime.Kernel;

/// <summary>The order in which one key's rows come into windows that are closed at one end.</summary>
internal sealed class EntryOrder(WindowEnd closed)
{
    private long[] times = [];
    private int[] ranks = [];
    private bool[] hasEntered = [];
    private int count, next;

    public WindowEnd Closed { get; } = closed;

    /// <summary>Whether rows come in by rank.</summary>
    public bool IsByRank { get; private set; }

    /// <summary>Takes a key's rows: their events by rank, and from which moment on each counts.</summary>
    public void Load(ReadOnlySpan<long> events, ReadOnlySpan<long> from)
    {
        Buffers.Ensure(ref times, events.Length);
        Buffers.Ensure(ref ranks, events.Length);
        Buffers.Clear(ref hasEntered, events.Length);
        (count, next, IsByRank) = (0, 0, true);
        for (var rank = 0; rank < events.Length; rank++)
        {
            // What happens at the very moment comes into [t - w, t) a microsecond later; at the end of time, never.
            if (Closed == WindowEnd.Left && events[rank] == long.MaxValue)
            {
                break;
            }

            var time = Closed == WindowEnd.Left ? Math.Max(from[rank], events[rank] + 1) : from[rank];
            IsByRank &= count == 0 || times[count - 1] <= time;
            (times[count], ranks[count]) = (time, rank);
            count++;
        }

        if (!IsByRank)
        {
            times.AsSpan(0, count).Sort(ranks.AsSpan(0, count));
        }
    }

    /// <summary>The next row that has come in by a moment; -1 if there is none.</summary>
    public int Next(long now)
    {
        if (next == count || times[next] > now)
        {
            return -1;
        }

        var rank = ranks[next++];
        hasEntered[rank] = true;
        return rank;
    }

    public bool HasEntered(int rank) => hasEntered[rank];
}
