using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>HyperLogLog with 2^14 registers, read with Ertl's estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6), which needs no tables of bias.</summary>
internal sealed class DistinctSketch
{
    private const int IndexBits = 14;
    private const int Registers = 1 << IndexBits;
    private const int RankBits = 64 - IndexBits;

    private byte[]? ranks;

    public static ulong HashOf(Int128 cell) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(new ReadOnlySpan<Int128>(in cell)));

    public void Add(ulong hash)
    {
        ranks ??= new byte[Registers];
        var register = (int)(hash >> RankBits);
        var rank = (byte)(Math.Min(BitOperations.TrailingZeroCount(hash), RankBits) + 1);
        ranks[register] = Math.Max(ranks[register], rank);
    }

    public long Estimate()
    {
        if (ranks is null)
        {
            return 0;
        }

        var counts = new double[RankBits + 2];
        foreach (var rank in ranks)
        {
            counts[rank]++;
        }

        var z = Registers * Tau(1 - counts[RankBits + 1] / Registers);
        for (var k = RankBits; k >= 1; k--)
        {
            z = 0.5 * (z + counts[k]);
        }

        z += Registers * Sigma(counts[0] / Registers);
        return (long)Math.Round(Registers / (2 * Math.Log(2)) * Registers / z);
    }

    private static double Sigma(double x)
    {
        if (x == 1)
        {
            return double.PositiveInfinity;
        }

        var (y, z, before) = (1d, x, double.NaN);
        while (z != before)
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }

        return z;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1)
        {
            return 0;
        }

        var (y, z, before) = (1d, 1 - x, double.NaN);
        while (z != before)
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= Math.Pow(1 - x, 2) * y;
        }

        return z / 3;
    }
}
