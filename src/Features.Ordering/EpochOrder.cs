namespace Features.Ordering;

/// <summary>One epoch of an order: which sample stands at a position. Sample i is the i-th row in stored order.</summary>
public sealed class EpochOrder
{
    private readonly long rows;
    private readonly Permutation? permutation;

    internal EpochOrder(Order order, long epoch)
    {
        rows = order.Rows;
        permutation = order.Mode == OrderMode.Global ? new Permutation(order.Rows, order.Seed, epoch) : null;
    }

    /// <summary>
    /// Writes the samples at positions [<paramref name="first"/>, <paramref name="first"/> + length). A position at or past N is
    /// padding: it wraps, and holds the sample of position modulo N.
    /// </summary>
    public void Fill(long first, Span<long> samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        while (samples.Length > 0)
        {
            var start = first % rows;
            var run = samples[..(int)Math.Min(samples.Length, rows - start)];
            FillRun(start, run);
            first += run.Length;
            samples = samples[run.Length..];
        }
    }

    private void FillRun(long start, Span<long> samples)
    {
        if (permutation is not null)
        {
            permutation.Fill(start, samples);
            return;
        }

        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = start + i;
        }
    }
}
