namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// Quantiles of any number of values (Munro and Paterson's scheme): level i holds values that each stand for 2^i. A full level is sorted and every second value goes up a level, the even and the odd
/// ones in turn. Each such step moves a rank by at most the weight of the level, so that the sum of the steps bounds the error, without chance.
/// </summary>
internal sealed class QuantileSketch
{
    private const int LevelValues = 2048;

    private readonly List<Level> levels = [];
    private long count;
    private double moved;

    public void Add(double value, long times)
    {
        count += times;
        for (var level = 0; times > 0; level++, times >>= 1)
        {
            if ((times & 1) == 1)
            {
                Insert(level, value);
            }
        }
    }

    public QuantileSummary Finish() => Ranked(levels.SelectMany((level, i) => level.Values.Take(level.Count).Select(v => (v, 1L << i))).OrderBy(v => v.v), moved / count);

    /// <summary>The quantiles of values in order, each with how often it stands; at least one.</summary>
    public static QuantileSummary Ranked(IEnumerable<(double Value, long Times)> ordered, double rankError)
    {
        var values = ordered.ToList();
        var total = values.Sum(v => v.Times);
        var quantiles = new List<Quantile>();
        var (index, seen) = (0, values[0].Times);
        foreach (var share in QuantileSummary.Shares)
        {
            var rank = Math.Max(1, Math.Ceiling(share * total));
            while (seen < rank && index < values.Count - 1)
            {
                seen += values[++index].Times;
            }

            quantiles.Add(new Quantile(share, values[index].Value));
        }

        return new QuantileSummary(rankError, [.. quantiles]);
    }

    private void Insert(int index, double value)
    {
        while (levels.Count <= index)
        {
            levels.Add(new Level());
        }

        var level = levels[index];
        level.Values[level.Count++] = value;
        if (level.Count < LevelValues)
        {
            return;
        }

        System.Array.Sort(level.Values);
        moved += Math.ScaleB(1, index);
        var first = level.TakesOdd ? 1 : 0;
        (level.Count, level.TakesOdd) = (0, !level.TakesOdd);
        for (var i = first; i < LevelValues; i += 2)
        {
            Insert(index + 1, level.Values[i]);
        }
    }

    private sealed class Level
    {
        public double[] Values { get; } = new double[LevelValues];

        public int Count { get; set; }

        public bool TakesOdd { get; set; }
    }
}
