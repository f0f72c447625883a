namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// Widths of bins, level by level, each a whole multiple of the one below, so that bins can be merged without looking at the values again. Bin i of a level lies from <c>i × width</c> to below
/// <c>(i + 1) × width</c>.
/// </summary>
internal abstract class BinLadder
{
    /// <summary>Indices stay whole numbers that a double holds.</summary>
    protected const double MaxIndex = 1L << 52;

    /// <summary>True if values lie between the edges of the finest bins, so that an upper edge may be closed; false where a bin is a whole number or a span of time.</summary>
    public abstract bool IsContinuous { get; }

    /// <summary>The finest level.</summary>
    public abstract int First { get; }

    /// <summary>The lower edge of a bin.</summary>
    public abstract double Edge(long index, int level);

    /// <summary>How many bins of a level make one of the next.</summary>
    public abstract long Ratio(int level);

    /// <summary>The multiples of a level's width that are round, rising.</summary>
    public abstract IEnumerable<long> RoundMultiples(int level);

    /// <summary>About the value in widths; may be off by the rounding of a double.</summary>
    protected abstract double Widths(double value, int level);

    /// <summary>True if the level can number the bin of this value.</summary>
    public bool Reaches(double value, int level) => Math.Abs(Widths(value, level)) < MaxIndex;

    /// <summary>The bin of a value: by its edges, so that rounding does not put it next to where it belongs.</summary>
    public long Index(double value, int level)
    {
        var index = (long)Math.Floor(Widths(value, level));
        while (Edge(index, level) > value)
        {
            index--;
        }

        while (Edge(index + 1, level) <= value)
        {
            index++;
        }

        return index;
    }

    public static long FloorDivide(long value, long by) => Math.DivRem(value, by) is var (quotient, remainder) && remainder < 0 ? quotient - 1 : Math.DivRem(value, by).Quotient;
}
