namespace Features.Ordering.Tests;

public class PermutationTests
{
    [Fact]
    public void Permutation_EveryCountTo5000_IsABijection()
    {
        for (var count = 0; count <= 5000; count++)
        {
            var values = new long[count];
            new Permutation(count, seed: 42 + count, epoch: count % 7).Fill(0, values);
            var seen = new bool[count];
            foreach (var value in values)
            {
                Assert.False(seen[value], $"{value} twice in [0, {count})");
                seen[value] = true;
            }
        }
    }

    [Fact]
    public void Permutation_AnySeedAndEpoch_IsABijection() =>
        Gen.Select(Gen.Int[1, 300], Gen.Long, Gen.Long).Sample((count, seed, epoch) =>
        {
            var values = new long[count];
            new Permutation(count, seed, epoch).Fill(0, values);
            return values.Order().SequenceEqual(Enumerable.Range(0, count).Select(i => (long)i));
        });

    [Fact]
    public void Permutation_BigCount_NeverMeetsAndStaysInside() =>
        Gen.Select(Gen.Long[1 << 20, Permutation.MaxCount], Gen.Long, Gen.Double.Unit).Sample(
            (count, seed, where) =>
            {
                var permutation = new Permutation(count, seed, epoch: 0);
                var values = new long[500];
                permutation.Fill((long)(where * (count - values.Length)), values);
                return values.Distinct().Count() == values.Length && values.All(v => v >= 0 && v < count);
            },
            iter: 200);

    [Fact]
    public void Permutation_AMillion_IsABijectionThatFillAndIndexerShare()
    {
        const int Count = 1_000_003;
        var permutation = new Permutation(Count, seed: 1, epoch: 2);
        var values = new long[Count];
        permutation.Fill(0, values);
        Assert.Equal(values[777_777], permutation[777_777]);
        Array.Sort(values);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), values);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Permutation_SmallCountOverManySeeds_GivesEachPermutationEquallyOften(int count)
    {
        const int Each = 200;
        var kinds = Enumerable.Range(1, count).Aggregate(1, (product, i) => product * i);
        var seen = new Dictionary<string, int>();
        for (var seed = 0; seed < kinds * Each; seed++)
        {
            var permutation = new Permutation(count, seed, epoch: seed % 3);
            var name = string.Concat(Enumerable.Range(0, count).Select(i => permutation[i]));
            seen[name] = seen.GetValueOrDefault(name) + 1;
        }

        AssertEven([.. seen.Values, .. new int[kinds - seen.Count]], Each);
    }

    [Theory]
    [InlineData(129)]
    [InlineData(257)]
    [InlineData(600)]
    public void Permutation_AnyPositionAndPair_HoldsEachValueEquallyOften(int count)
    {
        const int Each = 200;
        var values = new int[count];
        var steps = new int[count];
        for (var seed = 0; seed < count * Each; seed++)
        {
            var permutation = new Permutation(count, seed, epoch: 1);
            values[permutation[count / 2]]++;
            steps[(int)((permutation[1] - permutation[0] + count) % count)]++;
        }

        Assert.Equal(0, steps[0]);
        AssertEven(values, Each);
        AssertEven(steps[1..], (double)count * Each / (count - 1));
    }

    private static void AssertEven(int[] counts, double each)
    {
        var chiSquare = counts.Sum(n => Math.Pow(n - each, 2) / each);
        var freedom = counts.Length - 1;
        Assert.True(chiSquare < freedom + (5 * Math.Sqrt(2.0 * freedom)), $"chi-square {chiSquare:F1} at {freedom} degrees of freedom");
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void Permutation_DisplacementAndNeighbours_AreThoseOfARandomOne(int count)
    {
        const int Epochs = 20;
        var values = new long[count];
        var displacement = 0.0;
        var correlation = new double[4];
        var mean = (count - 1) / 2.0;
        var variance = (((double)count * count) - 1) / 12;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            new Permutation(count, seed: 9, epoch).Fill(0, values);
            displacement += values.Select((v, p) => Math.Abs((double)v - p)).Average();
            for (var lag = 1; lag <= correlation.Length; lag++)
            {
                correlation[lag - 1] += values.Zip(values.Skip(lag), (x, y) => (x - mean) * (y - mean)).Average() / variance;
            }
        }

        // Of a random permutation: |π(p) - p| has mean (N² - 1) / 3N, and by Hoeffding's combinatorial theorem the mean over all p has variance
        // 2N/45 (1/18 of N² a place, less 1/180 for its row and 1/180 for its column); a correlation at any lag has mean -1/(N - 1) and
        // variance about 1/N. The seeds are fixed; five standard deviations would be left by one such test in a million.
        var size = (double)count;
        Assert.Equal(((size * size) - 1) / (3 * size), displacement / Epochs, 5 * Math.Sqrt(2 * size / 45 / Epochs));
        Assert.All(correlation, sum => Assert.Equal(-1 / (size - 1), sum / Epochs, 5 / Math.Sqrt(size * Epochs)));
    }

    [Fact]
    public void Permutation_AnotherEpochOrSeed_IsAnotherOrder()
    {
        long[] Values(long seed, long epoch)
        {
            var values = new long[1000];
            new Permutation(1000, seed, epoch).Fill(0, values);
            return values;
        }

        var here = Values(1, 1);
        Assert.Equal(here, Values(1, 1));
        foreach (var other in new[] { Values(1, 2), Values(2, 1), Values(1, 0), Values(0, 1) })
        {
            // A random permutation agrees with another in one place on average.
            Assert.InRange(here.Zip(other).Count(pair => pair.First == pair.Second), 0, 8);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    public void Permutation_PositionOutside_IsRefused(long position) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Permutation(10, 0, 0)[position]);

    [Fact]
    public void Permutation_CountOutside_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Permutation(-1, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Permutation(Permutation.MaxCount + 1, 0, 0));
    }
}
