namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>The usual approximate shuffle of a stream: a row that comes takes the place of a random one that goes.</summary>
internal sealed class ShuffleBuffer(int rows, int width, int batch, Action<ReadOnlySpan<float>> train, Random random)
{
    private readonly float[] held = new float[(long)rows * width];
    private readonly float[] next = new float[batch * width];
    private int count;
    private int filled;

    public void Add(ReadOnlySpan<float> row)
    {
        if (count < rows)
        {
            row.CopyTo(held.AsSpan(count++ * width));
            return;
        }

        var place = held.AsSpan(random.Next(rows) * width, width);
        Give(place);
        row.CopyTo(place);
    }

    /// <summary>Gives what is held, in random order, and the last batch, which may be short.</summary>
    public void Complete()
    {
        while (count > 0)
        {
            var place = held.AsSpan(random.Next(count) * width, width);
            Give(place);
            held.AsSpan(--count * width, width).CopyTo(place);
        }

        train(next.AsSpan(0, filled * width));
        filled = 0;
    }

    private void Give(ReadOnlySpan<float> row)
    {
        row.CopyTo(next.AsSpan(filled++ * width));
        if (filled * width == next.Length)
        {
            train(next);
            filled = 0;
        }
    }
}
