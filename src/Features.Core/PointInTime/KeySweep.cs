using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>One key's rows against one key's spine rows, by a sweep over time. Scratch is kept from key to key; one instance a thread.</summary>
internal sealed class KeySweep
{
    private readonly SourceRows source;
    private readonly ViewPlan plan;
    private readonly IReadOnlyList<FeatureCells> results;
    private readonly ExpressionTrees[] expressions;
    private readonly LatestTree? latest;
    private readonly CountTree? rows;
    private readonly long[] windows;
    private readonly int[] windowOf;
    private readonly int[] lower;

    private Moment[] moments = [];
    private long[] events = [];
    private long[] availableAt = [];
    private int[] byAvailability = [];
    private long[] times = [];

    public KeySweep(SourceRows source, ViewPlan plan, IReadOnlyList<FeatureCells> results)
    {
        this.source = source;
        this.plan = plan;
        this.results = results;
        expressions = [.. source.Values.Select((cells, e) => new ExpressionTrees(cells, plan.Features.Where(f => f.Expression == e)))];
        latest = plan.Features.Any(f => f.Aggregate is null) ? new LatestTree() : null;
        rows = plan.Features.Any(f => f.Aggregate is not null) ? new CountTree() : null;
        windows = [.. plan.Features.Where(f => f.Aggregate is not null).Select(f => f.WindowMicros).Distinct()];
        windowOf = [.. plan.Features.Select(f => Array.IndexOf(windows, f.WindowMicros))];
        lower = new int[windows.Length];
    }

    /// <summary>Computes all features of the spine rows, which are sorted by time in place.</summary>
    public void Run(ReadOnlySpan<int> group, Span<int> spine, long[] spineMoments, bool[]? hasMoment)
    {
        if (group.IsEmpty || spine.IsEmpty)
        {
            return;
        }

        Load(group);
        SortByTime(spine, spineMoments);
        lower.AsSpan().Clear();
        var (upper, inserted) = (0, 0);
        for (var i = 0; i < spine.Length; i++)
        {
            var row = spine[i];
            if (hasMoment is not null && !hasMoment[row])
            {
                continue;
            }

            var now = times[i];
            while (inserted < group.Length && (plan.Inclusive || source.Available is null ? availableAt[inserted] <= now : availableAt[inserted] < now))
            {
                Insert(byAvailability[inserted++]);
            }

            upper = Advance(upper, now, group.Length);
            for (var w = 0; w < windows.Length; w++)
            {
                // A window that begins before time does holds every row.
                lower[w] = now < long.MinValue + windows[w] ? 0 : Advance(lower[w], now - windows[w], group.Length);
            }

            Answer(row, now, upper);
        }
    }

    private void Load(ReadOnlySpan<int> group)
    {
        var count = group.Length;
        Buffers.Ensure(ref moments, count);
        Buffers.Ensure(ref events, count);
        Buffers.Ensure(ref availableAt, count);
        Buffers.Ensure(ref byAvailability, count);
        for (var i = 0; i < count; i++)
        {
            moments[i] = new Moment(source.Events[group[i]], source.Available?[group[i]] ?? source.Events[group[i]], group[i]);
        }

        moments.AsSpan(0, count).Sort();
        for (var rank = 0; rank < count; rank++)
        {
            events[rank] = moments[rank].Event;
            availableAt[rank] = moments[rank].Available;
            byAvailability[rank] = rank;
        }

        if (source.Available is not null)
        {
            availableAt.AsSpan(0, count).Sort(byAvailability.AsSpan(0, count));
        }

        latest?.Reset(count);
        rows?.Reset(count);
        foreach (var expression in expressions)
        {
            expression.Load(moments.AsSpan(0, count));
        }
    }

    private void SortByTime(Span<int> spine, long[] spineMoments)
    {
        Buffers.Ensure(ref times, spine.Length);
        for (var i = 0; i < spine.Length; i++)
        {
            times[i] = spineMoments[spine[i]];
        }

        times.AsSpan(0, spine.Length).Sort(spine);
    }

    private int Advance(int rank, long until, int count)
    {
        while (rank < count && events[rank] <= until)
        {
            rank++;
        }

        return rank;
    }

    private void Insert(int rank)
    {
        latest?.Insert(rank);
        rows?.Insert(rank);
        foreach (var expression in expressions)
        {
            expression.Insert(rank);
        }
    }

    private void Answer(int row, long now, int upper)
    {
        var winner = latest is null ? -1 : latest.Latest(upper);
        if (winner >= 0 && plan.TtlMicros is { } ttl && now >= long.MinValue + ttl && events[winner] < now - ttl)
        {
            winner = -1;
        }

        for (var f = 0; f < results.Count; f++)
        {
            var feature = plan.Features[f];
            var from = feature.Aggregate is null ? 0 : lower[windowOf[f]];
            if (feature.Aggregate is null)
            {
                if (winner >= 0 && expressions[feature.Expression].At(winner) is { } cell)
                {
                    results[f].Set(row, cell);
                }
            }
            else if (feature.Expression < 0)
            {
                results[f].Set(row, rows!.Count(from, upper));
            }
            else if (expressions[feature.Expression].Aggregate(feature, rows!, from, upper) is { } cell)
            {
                results[f].Set(row, cell);
            }
        }
    }
}
