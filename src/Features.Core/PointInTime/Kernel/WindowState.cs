using Features.Core.Definitions;

namespace Features.Core.PointInTime.Kernel;

/// <summary>One window over one key's rows: what is in it now, and its aggregates. A row is in a window from the moment at which it comes in until it is too old: each is added once and taken off once.</summary>
internal sealed class WindowState
{
    private readonly long micros;
    private readonly List<(int Index, FeaturePlan Plan, WindowValues? Values)> features = [];
    private readonly List<WindowValues> expressions = [];
    private readonly EntryOrder entries;
    private int lower;
    private long rows;

    public WindowState(long micros, EntryOrder entries, IEnumerable<(int Index, FeaturePlan Plan)> features, IReadOnlyList<ExpressionCells> cells)
    {
        this.micros = micros;
        this.entries = entries;
        var all = features.ToList();
        foreach (var group in all.Where(f => f.Plan.Expression >= 0).GroupBy(f => f.Plan.Expression))
        {
            expressions.Add(new WindowValues(cells[group.Key], [.. group.Select(f => f.Plan)]));
            this.features.AddRange(group.Select(f => (f.Index, f.Plan, (WindowValues?)expressions[^1])));
        }

        this.features.AddRange(all.Where(f => f.Plan.Expression < 0).Select(f => (f.Index, f.Plan, (WindowValues?)null)));
    }

    public EntryOrder Entries => entries;

    public void Reset(int count)
    {
        (lower, rows) = (0, 0);
        foreach (var values in expressions)
        {
            values.Reset(count, entries.IsByRank);
        }
    }

    /// <summary>A row came in.</summary>
    public void Enter(int rank)
    {
        // It may have been known only when it was too old already.
        if (rank >= lower)
        {
            rows++;
            foreach (var values in expressions)
            {
                values.Enter(rank);
            }
        }
    }

    /// <summary>Rows that are too old at a moment go out.</summary>
    public void Leave(long now, ReadOnlySpan<long> events)
    {
        // A window that begins before time does holds every row.
        if (now < long.MinValue + micros)
        {
            return;
        }

        var bound = now - micros;
        for (; lower < events.Length && (entries.Closed == WindowEnd.Right ? events[lower] <= bound : events[lower] < bound); lower++)
        {
            if (!entries.HasEntered(lower))
            {
                continue;
            }

            rows--;
            foreach (var values in expressions)
            {
                values.Leave(lower);
            }
        }
    }

    /// <summary>Writes the features of a spine row.</summary>
    public void Answer(int row, IReadOnlyList<FeatureResult> results, ReadOnlySpan<Moment> ranked)
    {
        foreach (var (index, plan, values) in features)
        {
            var result = results[index];
            if (values is null)
            {
                result.Cells!.Set(row, rows);
            }
            else if (plan.IsRow)
            {
                result.Rows![row] = values.Count == 0 ? -1 : ranked[values.RankOf(plan.Aggregate!.Value, lower)].Row;
            }
            else if (values.Aggregate(plan, lower) is { } cell)
            {
                result.Cells!.Set(row, cell);
            }
        }
    }
}
