namespace Features.Core.TrainingSets.Statistics;

/// <summary>Mean and standard deviation in one pass: the sum is compensated (Neumaier), the squares are updated about the running mean (Welford).</summary>
internal sealed class Moments
{
    private long count;
    private double sum;
    private double lost;
    private double mean;
    private double squares;

    /// <summary>Null without a value, or where a double cannot hold the sum.</summary>
    public double? Mean => count > 0 && (sum + lost) / count is var value && double.IsFinite(value) ? value + 0d : null;

    /// <summary>Of the population; null as the mean.</summary>
    public double? StandardDeviation => count > 0 && Math.Sqrt(Math.Max(0, squares) / count) is var value && double.IsFinite(value) ? value : null;

    public void Add(double value, long times)
    {
        var term = value * times;
        var next = sum + term;
        lost += Math.Abs(sum) >= Math.Abs(term) ? sum - next + term : term - next + sum;
        sum = next;
        count += times;
        var apart = value - mean;
        mean += apart * times / count;
        squares += apart * (value - mean) * times;
    }
}
