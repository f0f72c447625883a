namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// Counts in fine bins of the narrowest width of a ladder with which the values span at most <see cref="FineBins"/>; as the span grows, bins are merged. Which width it comes to, and every count, depends on
/// the values alone and not on their order.
/// </summary>
internal sealed class BinCounts(BinLadder ladder)
{
    private const int FineBins = 2048;

    // The outermost 1/200 of an end is cut off if it takes more room than twice all else.
    private const int TailShare = 200;
    private const int MostTail = 2;

    private long[] counts = [];
    private int level = ladder.First;
    private long first;
    private long last = -1;
    private double greatest = double.NegativeInfinity;

    public BinCounts Empty() => new(ladder);

    public void Add(double value, long times)
    {
        greatest = Math.Max(greatest, value);
        while (!ladder.Reaches(value, level))
        {
            Merge();
        }

        var index = ladder.Index(value, level);
        if (counts.Length == 0)
        {
            (counts, first, last) = (new long[FineBins], index, index);
        }

        while (Math.Max(last, index) - Math.Min(first, index) >= FineBins)
        {
            Merge();
            index = ladder.Index(value, level);
        }

        if (index < first)
        {
            System.Array.Copy(counts, 0, counts, first - index, last - first + 1);
            System.Array.Clear(counts, 0, (int)(first - index));
            first = index;
        }

        last = Math.Max(last, index);
        counts[index - first] += times;
    }

    /// <summary>The narrowest round width with few enough bins; at least one value was added.</summary>
    public Histogram Finish()
    {
        var (low, high) = Shown();
        var multiple = ladder.RoundMultiples(level).First(m => Bin(Top(low, high, m), m) - Bin(low, m) < Histogram.MaxBins);
        var (start, end) = (Bin(low, multiple), Bin(Top(low, high, multiple), multiple));
        var merged = new long[end - start + 1];
        var (below, above) = (0L, 0L);
        for (var i = first; i <= last; i++)
        {
            var bin = Bin(Math.Min(i, i == high ? Top(low, high, multiple) : i), multiple);
            _ = bin < start ? below += counts[i - first] : bin > end ? above += counts[i - first] : merged[bin - start] += counts[i - first];
        }

        return new Histogram([.. Enumerable.Range(0, merged.Length + 1).Select(i => Math.Clamp(ladder.Edge((start + i) * multiple, level), double.MinValue, double.MaxValue))], [.. merged], below, above);
    }

    /// <summary>The fine bins that are shown one by one: all, or without the outermost half percent of an end that would leave the others too little room.</summary>
    private (long Low, long High) Shown()
    {
        var total = counts.Sum();
        var (low, high) = (At(total / TailShare), At(total - 1 - (total / TailShare)));
        var room = (high - low + 1) * MostTail;
        return (low - first > room ? low : first, last - high > room ? high : last);
    }

    /// <summary>The bin of the value of a rank, from 0.</summary>
    private long At(long rank)
    {
        var index = first;
        for (var seen = counts[0]; seen <= rank; seen += counts[index - first])
        {
            index++;
        }

        return index;
    }

    /// <summary>The last fine bin to be shown. Where it holds but the very value at which a wider bin ends, it does not begin another.</summary>
    private long Top(long low, long high, long multiple) =>
        ladder.IsContinuous && high == last && high > low && greatest == ladder.Edge(last, level) && Bin(last, multiple) * multiple == last ? high - 1 : high;

    private static long Bin(long index, long multiple) => BinLadder.FloorDivide(index, multiple);

    private void Merge()
    {
        if (counts.Length > 0)
        {
            var ratio = ladder.Ratio(level);
            var start = Bin(first, ratio);
            for (var i = first; i <= last; i++)
            {
                // A merged bin never lies behind the first of those that it is made of.
                (var count, counts[i - first]) = (counts[i - first], 0);
                counts[Bin(i, ratio) - start] += count;
            }

            (first, last) = (start, Bin(last, ratio));
        }

        level++;
    }
}
