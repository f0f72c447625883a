namespace Features.Core.PointInTime.Kernel;

/// <summary>
/// Which row is the latest, at any moment, for each key. A row counts from the moment at which it has happened and is known; in the order of these moments only the rows matter that are later (by event, availability,
/// order) than all before them. So two clocks become one sorted list of such rows for each key, in which a moment is looked up.
/// </summary>
internal sealed class LatestIndex
{
    private readonly SourceRows source;
    private readonly KeyGroups groups;
    private readonly long[] from;
    private readonly int[] counts;

    private LatestIndex(SourceRows source, KeyGroups groups)
    {
        this.source = source;
        this.groups = groups;
        from = GC.AllocateUninitializedArray<long>(groups.Rows);
        counts = new int[groups.Keys];
    }

    /// <summary>Builds the index; reorders the groups. The rows that are equal in key and clocks, so that their order would decide, are added to <paramref name="ties"/>; if there are any, the index is of no use.</summary>
    public static LatestIndex Build(SourceRows source, KeyGroups groups, bool inclusive, TiedMoments ties, CancellationToken cancellationToken)
    {
        var index = new LatestIndex(source, groups);
        KeyParts.ForEach(groups.Keys, () => 0, (key, _) => index.Build(key, inclusive, ties), cancellationToken);
        return index;
    }

    /// <summary>The latest row of the source for each of a key's spine rows: written to <paramref name="winners"/>, by spine row; -1 for none.</summary>
    public void Find(int key, ReadOnlySpan<int> spine, ReadOnlySpan<long> moments, bool[]? hasMoment, long? ttl, int[] winners)
    {
        var (start, count) = (groups.Start(key), counts[key]);
        var begin = from.AsSpan(start, count);
        var rows = groups[key];
        foreach (var row in spine)
        {
            if (hasMoment is not null && !hasMoment[row])
            {
                continue;
            }

            var now = moments[row];
            var (low, high) = (0, count);
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                if (begin[middle] <= now)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            if (low > 0)
            {
                var winner = rows[low - 1];
                // A bound before all time bounds nothing.
                winners[row] = ttl is { } age && now >= long.MinValue + age && source.Events[winner] < now - age ? -1 : winner;
            }
        }
    }

    private void Build(int key, bool inclusive, TiedMoments ties)
    {
        var rows = groups[key];
        var begin = from.AsSpan(groups.Start(key), rows.Length);
        var (count, isSorted) = (0, true);
        for (var i = 0; i < rows.Length; i++)
        {
            if (source.CountsFrom(rows[i], inclusive) is not { } at)
            {
                continue;
            }

            isSorted &= count == 0 || begin[count - 1] <= at;
            (begin[count], rows[count]) = (at, rows[i]);
            count++;
        }

        if (!isSorted)
        {
            begin[..count].Sort(rows[..count]);
        }

        counts[key] = KeepLatest(key, begin[..count], rows, ties);
    }

    /// <summary>Leaves out each row that an earlier one beats, and of rows that count from one moment all but the latest.</summary>
    private int KeepLatest(int key, Span<long> begin, Span<int> rows, TiedMoments ties)
    {
        var (kept, isTied) = (0, false);
        var best = default(Moment);
        for (var i = 0; i < begin.Length; i++)
        {
            var row = rows[i];
            var moment = new Moment(source.Events[row], source.AvailableOf(row), row);
            var isSame = kept > 0 && moment.Event == best.Event && moment.Available == best.Available;
            isTied |= isSame && Math.Min(row, best.Row) < source.Ordered;
            if (kept > 0 && moment < best)
            {
                continue;
            }

            if (isTied && !isSame)
            {
                // Tied rows that a later one beats from the start are never seen. Whether it came before them is an accident of the sort.
                if (begin[kept - 1] < begin[i])
                {
                    ties.Add(key, best.Event, best.Available);
                }

                isTied = false;
            }

            best = moment;
            kept += kept > 0 && begin[kept - 1] == begin[i] ? 0 : 1;
            (begin[kept - 1], rows[kept - 1]) = (begin[i], row);
        }

        if (isTied)
        {
            ties.Add(key, best.Event, best.Available);
        }

        return kept;
    }
}
