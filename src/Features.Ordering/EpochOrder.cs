namespace Features.Ordering;

/// <summary>One epoch of an order: which sample stands at a position. Sample i is the i-th row in stored order. Safe for concurrent use.</summary>
public sealed class EpochOrder
{
    private readonly Order order;
    private readonly long epoch;
    private readonly Permutation? permutation;

    internal EpochOrder(Order order, long epoch)
    {
        order.CheckGrouping();
        this.order = order;
        this.epoch = epoch;
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
            var start = first % order.Rows;
            var run = samples[..(int)Math.Min(samples.Length, order.Rows - start)];
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
        }
        else if (order.Grouping is { } grouping)
        {
            FillLanes(start, samples, grouping);
        }
        else
        {
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] = start + i;
            }
        }
    }

    private void FillLanes(long start, Span<long> samples, Grouping grouping)
    {
        for (var i = 0; i < Math.Min(samples.Length, grouping.Lanes); i++)
        {
            var (index, lane) = Math.DivRem(start + i, grouping.Lanes);
            var run = new LaneRun((ulong)order.Rows, grouping, unchecked((ulong)order.Seed), unchecked((ulong)epoch), (ulong)lane);
            run.Fill((ulong)index, samples[i..], grouping.Lanes);
        }
    }
}
