namespace Features.Core.Transformations;

/// <summary>Count, mean, standard deviation and range of finite numbers, the same bits in whatever order they came. What is not finite is counted apart.</summary>
internal sealed class NumberSummary
{
    private readonly ExactSum sum = new();
    private readonly ExactSum squares = new();

    /// <summary>Finite numbers.</summary>
    public long Count { get; private set; }

    /// <summary>NaNs and infinities.</summary>
    public long NonFinite { get; private set; }

    /// <summary>The least finite number; meaningless for none.</summary>
    public double Min { get; private set; } = double.PositiveInfinity;

    /// <summary>The greatest finite number; meaningless for none.</summary>
    public double Max { get; private set; } = double.NegativeInfinity;

    /// <summary>The mean, rounded once; null for none.</summary>
    public double? Mean => Count == 0 ? null : ExactSum.Divide(sum.Total, Count, ExactSum.Unit);

    /// <summary>The standard deviation of the population, rounded from the exact variance; null for none.</summary>
    public double? StandardDeviation
    {
        get
        {
            if (Count == 0)
            {
                return null;
            }

            // Count * sum of squares - square of the sum, over the square of the count: nothing cancels before it is rounded.
            var total = sum.Total;
            var numerator = (squares.Total * Count << -ExactSum.Unit) - (total * total);
            return numerator.IsZero ? 0 : ExactSum.Root(numerator, (System.Numerics.BigInteger)Count * Count, 2 * ExactSum.Unit);
        }
    }

    public void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            NonFinite++;
            return;
        }

        Count++;
        sum.Add(value);
        squares.AddSquare(value);
        Min = Math.Min(Min, value + 0.0);
        Max = Math.Max(Max, value + 0.0);
    }
}
