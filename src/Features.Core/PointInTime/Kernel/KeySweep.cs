using Features.Core.Definitions;

namespace Features.Core.PointInTime.Kernel;

/// <summary>One key's rows against one key's spine rows, by a sweep over time: O((n + m) log (n + m)) for the sorting and O(1) a row and window after it. Scratch is kept from key to key; one instance a thread.</summary>
internal sealed class KeySweep
{
    private readonly SourceRows source;
    private readonly bool inclusive;
    private readonly IReadOnlyList<FeatureResult> results;
    private readonly ExpressionCells[] expressions;
    private readonly bool[] isSummed;
    private readonly bool[] isUsed;
    private readonly List<EntryOrder> entries = [];
    private readonly List<WindowState> windows = [];

    private Moment[] moments = [];
    private long[] events = [];
    private long[] from = [];
    private long[] times = [];

    public KeySweep(SourceRows source, ViewPlan plan, IReadOnlyList<FeatureResult> results)
    {
        this.source = source;
        this.results = results;
        inclusive = plan.Inclusive;
        var windowed = plan.Features.Select((f, i) => (Index: i, Plan: f)).Where(f => f.Plan.Aggregate is not null).ToList();
        expressions = [.. source.Cells.Zip(source.Values).Select((c, e) => new ExpressionCells(c.First, c.Second, source.Texts.GetValueOrDefault(e), windowed.Any(f => f.Plan.Expression == e && f.Plan.IsFloat)))];
        isSummed = [.. expressions.Select((_, e) => windowed.Any(f => f.Plan.Expression == e && f.Plan.Aggregate is Aggregate.Sum or Aggregate.Avg))];
        isUsed = [.. expressions.Select((_, e) => windowed.Any(f => f.Plan.Expression == e))];
        foreach (var end in windowed.GroupBy(f => f.Plan.Closed))
        {
            entries.Add(new EntryOrder(end.Key));
            windows.AddRange(end.GroupBy(f => f.Plan.WindowMicros).Select(w => new WindowState(w.Key, entries[^1], w, expressions)));
        }
    }

    /// <summary>Computes the windowed features of the spine rows, which are sorted by time in place.</summary>
    public void Run(ReadOnlySpan<int> group, Span<int> spine, ReadOnlySpan<long> spineMoments, bool[]? hasMoment)
    {
        if (group.IsEmpty || spine.IsEmpty)
        {
            return;
        }

        var count = Load(group);
        SortByTime(spine, spineMoments);
        var ranked = moments.AsSpan(0, count);
        var happened = events.AsSpan(0, count);
        for (var i = 0; i < spine.Length; i++)
        {
            var (row, now) = (spine[i], times[i]);
            if (hasMoment is not null && !hasMoment[row])
            {
                continue;
            }

            foreach (var order in entries)
            {
                for (var rank = order.Next(now); rank >= 0; rank = order.Next(now))
                {
                    foreach (var window in windows)
                    {
                        if (window.Entries == order)
                        {
                            window.Enter(rank);
                        }
                    }
                }
            }

            foreach (var window in windows)
            {
                window.Leave(now, happened);
                window.Answer(row, results, ranked);
            }
        }
    }

    private int Load(ReadOnlySpan<int> group)
    {
        Buffers.Ensure(ref moments, group.Length);
        Buffers.Ensure(ref events, group.Length);
        Buffers.Ensure(ref from, group.Length);
        var count = 0;
        foreach (var row in group)
        {
            if (source.CountsFrom(row, inclusive) is not null)
            {
                moments[count++] = new Moment(source.Events[row], source.AvailableOf(row), row);
            }
        }

        var ranked = moments.AsSpan(0, count);
        if (!IsSorted(ranked))
        {
            ranked.Sort();
        }

        for (var rank = 0; rank < count; rank++)
        {
            events[rank] = ranked[rank].Event;
            from[rank] = source.CountsFrom(ranked[rank].Row, inclusive)!.Value;
        }

        for (var e = 0; e < expressions.Length; e++)
        {
            if (isUsed[e])
            {
                expressions[e].Load(ranked, isSummed[e]);
            }
        }

        foreach (var order in entries)
        {
            order.Load(events.AsSpan(0, count), from.AsSpan(0, count));
        }

        foreach (var window in windows)
        {
            window.Reset(count);
        }

        return count;
    }

    private static bool IsSorted(ReadOnlySpan<Moment> ranked)
    {
        for (var i = 1; i < ranked.Length; i++)
        {
            if (ranked[i] < ranked[i - 1])
            {
                return false;
            }
        }

        return true;
    }

    private void SortByTime(Span<int> spine, ReadOnlySpan<long> spineMoments)
    {
        Buffers.Ensure(ref times, spine.Length);
        var isSorted = true;
        for (var i = 0; i < spine.Length; i++)
        {
            times[i] = spineMoments[spine[i]];
            isSorted &= i == 0 || times[i - 1] <= times[i];
        }

        if (!isSorted)
        {
            times.AsSpan(0, spine.Length).Sort(spine);
        }
    }
}
