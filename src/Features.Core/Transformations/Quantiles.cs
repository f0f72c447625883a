using Features.Core.PointInTime;

namespace Features.Core.Transformations;

/// <summary>Quantiles of finite numbers, exact: between two neighbours they are interpolated by (n - 1) * share (definition 7 of Hyndman and Fan, 1996).</summary>
/// <param name="shares">The wanted shares, within 0 and 1.</param>
/// <param name="bound">As in <see cref="OrderStatistics"/>.</param>
internal sealed class Quantiles(IReadOnlyList<double> shares, int bound = OrderStatistics.DefaultBound)
{
    private readonly OrderStatistics order = new(count => count == 0 ? [] : shares.SelectMany(s => Ranks(s, count)), bound);

    public long Count => order.Count;

    /// <summary>One for each share, when the passes are done; none for no numbers.</summary>
    public IReadOnlyList<double> Values => order.Count == 0 ? [] : [.. shares.Select(Value)];

    public void Add(double value)
    {
        if (double.IsFinite(value))
        {
            order.Add(OrderedDouble.Encode(value));
        }
    }

    public bool EndPass() => order.EndPass();

    private static IEnumerable<long> Ranks(double share, long count) => [(long)(share * (count - 1)), Math.Min((long)(share * (count - 1)) + 1, count - 1)];

    private double Value(double share)
    {
        var at = share * (Count - 1);
        var (low, high) = (OrderedDouble.Decode(order.Found[(long)at]), OrderedDouble.Decode(order.Found[Math.Min((long)at + 1, Count - 1)]));
        var weight = at - Math.Floor(at);
        return low == high || weight == 0 ? low : (low * (1 - weight)) + (high * weight);
    }
}
