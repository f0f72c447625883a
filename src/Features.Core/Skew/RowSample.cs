namespace Features.Core.Skew;

/// <summary>Chooses a share of rows, each on its own: by a hash of its number in the sequence of all rows, so that the choice costs no lock and can be made again.</summary>
internal sealed class RowSample(double share, ulong seed)
{
    private const double TwoTo64 = 18446744073709551616.0;
    private long next;

    /// <summary>Which of the next so many rows are taken, ascending.</summary>
    public int[] Take(int rows)
    {
        var first = Interlocked.Add(ref next, rows) - rows;
        if (share <= 0 || rows <= 0)
        {
            return [];
        }

        if (share >= 1)
        {
            return [.. Enumerable.Range(0, rows)];
        }

        var (below, taken) = ((ulong)(share * TwoTo64), new List<int>());
        for (var row = 0; row < rows; row++)
        {
            if (SplitMix(seed + (ulong)(first + row)) < below)
            {
                taken.Add(row);
            }
        }

        return [.. taken];
    }

    // SplitMix64 (Steele, Lea, Flood 2014): neighbours come out far from each other.
    private static ulong SplitMix(ulong state)
    {
        var z = state + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
