using System.Numerics;
using Features.Core.Transformations;

namespace Features.Core.Tests.Transformations;

public class NumberSummaryTests
{
    private static readonly Gen<double> Finite = Gen.OneOf(Gen.Double[-1e3, 1e3], Gen.Double[-1e18, 1e18], Gen.OneOf(0, -0.0, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 1e-300), Gen.Int.Select(i => (double)i));

    [Fact]
    public void Summary_InAnyOrder_AreTheSameBits() => Gen.Select(Finite.Array[0, 60], Gen.Int).Sample((values, seed) =>
    {
        var shuffled = values.ToArray();
        new Random(seed).Shuffle(shuffled);
        var (first, second) = (Of(values), Of(shuffled));
        Assert.Equal(Bits(first.Mean), Bits(second.Mean));
        Assert.Equal(Bits(first.StandardDeviation), Bits(second.StandardDeviation));
        Assert.Equal((first.Min, first.Max, first.Count), (second.Min, second.Max, second.Count));
    });

    [Fact]
    public void Summary_OfWholeNumbers_AreThoseOfTheFormulas() => Gen.Int[-1_000_000, 1_000_000].Array[1, 60].Sample(values =>
    {
        var moments = Of([.. values.Select(v => (double)v)]);
        var n = values.Length;
        var sum = values.Aggregate(BigInteger.Zero, (s, v) => s + v);
        var variance = (n * values.Aggregate(BigInteger.Zero, (s, v) => s + ((BigInteger)v * v))) - (sum * sum);
        Assert.Equal((double)sum / n, moments.Mean!.Value);
        Assert.Equal(Math.Sqrt((double)variance / n / n), moments.StandardDeviation!.Value, Math.Sqrt((double)variance) * 1e-14);
    });

    [Fact]
    public void Deviation_OfNumbersFarFromZero_LosesNothing()
    {
        // The textbook's one-pass formula gives 0 or nonsense here.
        var moments = Of([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);
        Assert.Equal(1e9 + 10, moments.Mean);
        Assert.Equal(Math.Sqrt(22.5), moments.StandardDeviation);
    }

    [Fact]
    public void Summary_AtTheEndsOfTheRange_DoNotOverflow()
    {
        var ends = Of([double.MaxValue, double.MinValue]);
        Assert.Equal((0.0, double.MaxValue), (ends.Mean, ends.StandardDeviation));
        var least = Of([double.Epsilon, -double.Epsilon]);
        Assert.Equal((0.0, double.Epsilon), (least.Mean, least.StandardDeviation));
    }

    [Fact]
    public void Summary_OfWhatIsNotFinite_LeaveItOut()
    {
        var moments = Of([1, double.NaN, 3, double.PositiveInfinity, double.NegativeInfinity]);
        Assert.Equal((2, 3, 2.0, 1.0, 1.0, 3.0), (moments.Count, moments.NonFinite, moments.Mean!.Value, moments.StandardDeviation!.Value, moments.Min, moments.Max));
        Assert.Null(Of([]).Mean);
        Assert.Null(Of([double.NaN]).StandardDeviation);
    }

    private static NumberSummary Of(IReadOnlyList<double> values)
    {
        var moments = new NumberSummary();
        foreach (var value in values)
        {
            moments.Add(value);
        }

        return moments;
    }

    private static long? Bits(double? value) => value is { } number ? BitConverter.DoubleToInt64Bits(number) : null;
}
