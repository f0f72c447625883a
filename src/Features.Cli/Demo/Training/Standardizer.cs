namespace Features.Cli.Demo.Training;

/// <summary>Centres and scales features by what the training part shows, and by nothing later. A missing value becomes the mean.</summary>
internal sealed class Standardizer(int features)
{
    private readonly long[] counts = new long[features];
    private readonly double[] means = new double[features];
    private readonly double[] squares = new double[features];

    /// <summary>Takes a value in (Welford, 1962); NaN is a missing value.</summary>
    public void Observe(int feature, float value)
    {
        if (float.IsNaN(value))
        {
            return;
        }

        counts[feature]++;
        var delta = value - means[feature];
        means[feature] += delta / counts[feature];
        squares[feature] += delta * (value - means[feature]);
    }

    /// <summary>Standardises a column in place.</summary>
    public void Apply(int feature, Span<float> column)
    {
        var mean = means[feature];
        var deviation = counts[feature] > 1 ? Math.Sqrt(squares[feature] / counts[feature]) : 0;
        var scale = deviation > 0 ? 1 / deviation : 0;
        foreach (ref var value in column)
        {
            value = float.IsNaN(value) ? 0 : (float)((value - mean) * scale);
        }
    }
}
