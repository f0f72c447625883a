namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// Counts in fine bins of the narrowest width of a ladder with which the values span at most <see cref="FineBins"/>; as the span grows, bins are merged. Which width it comes to, and every count, depends on
/// the values alone and not on their order.
/// </summary>
internal sealed class BinCounts(BinLadder ladder)
{
    private const int FineBins = 2048;

    private long[] counts = [];
    private int level = ladder.First;
    private long first;
    private long last = -1;

    public BinCounts Empty() => new(ladder);

    public void Add(double value, long times)
    {
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
        var multiple = ladder.RoundMultiples(level).First(m => Bin(last, m) - Bin(first, m) < Histogram.MaxBins);
        var start = Bin(first, multiple);
        var merged = new long[Bin(last, multiple) - start + 1];
        for (var i = first; i <= last; i++)
        {
            merged[Bin(i, multiple) - start] += counts[i - first];
        }

        return new Histogram([.. Enumerable.Range(0, merged.Length + 1).Select(i => Math.Clamp(ladder.Edge((start + i) * multiple, level), double.MinValue, double.MaxValue))], [.. merged]);
    }

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
