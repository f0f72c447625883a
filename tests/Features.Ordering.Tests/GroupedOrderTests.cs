namespace Features.Ordering.Tests;

public class GroupedOrderTests
{
    private static readonly Gen<(int Rows, Grouping Grouping, long Seed)> Shapes = Gen.Select(
        Gen.OneOf(Gen.Int[1, 40], Gen.Int[1, 600]),
        Gen.Select(Gen.OneOf(Gen.Int[1, 9], Gen.Int[1, 700]), Gen.OneOf(Gen.Int[1, 5], Gen.Int[1, 700]), Gen.OneOf(Gen.Int[1, 9], Gen.Int[1, 700]), (block, group, lanes) => new Grouping(block, group, lanes)),
        Gen.Long);

    [Fact]
    public void Grouped_AnyShape_EqualsTheListsThatItsDefinitionNames() =>
        Shapes.Sample((rows, grouping, seed) => Assert.Equal(Listed(rows, grouping, seed, epoch: 2), Samples(rows, grouping, seed, epoch: 2)));

    [Fact]
    public void Grouped_AnyShape_HoldsEachSampleOnce() =>
        Shapes.Sample((rows, grouping, seed) => Assert.Equal(Enumerable.Range(0, rows).Select(i => (long)i), Samples(rows, grouping, seed, epoch: 0).Order()));

    [Fact]
    public void Grouped_EveryPositionByItself_HoldsWhatItHoldsInARun() =>
        Gen.Select(Shapes, Gen.Int[0, 700], Gen.Int[1, 90]).Sample((shape, first, count) =>
        {
            var (rows, grouping, seed) = shape;
            var order = new Order("sha256:00", rows, OrderMode.Grouped, seed) { Grouping = grouping }.InEpoch(1);
            var run = new long[count];
            order.Fill(first, run);
            var one = new long[1];
            for (var i = 0; i < count; i++)
            {
                order.Fill(first + i, one);
                Assert.Equal(one[0], run[i]);
            }
        });

    [Fact]
    public void Grouped_AsManyPositionsAsLanes_TakeOneSampleOfEachLane() =>
        Shapes.Sample((rows, grouping, seed) =>
        {
            var samples = Samples(rows, grouping, seed, epoch: 5);
            for (var p = 0; p < rows; p++)
            {
                var (first, last) = LaneRange(rows, grouping.Lanes, p % grouping.Lanes);
                Assert.InRange(samples[p], first, last - 1);
            }
        });

    [Fact]
    public void Grouped_AtAnyTime_NeedsNoMoreThanOneGroupOfALane() =>
        Shapes.Sample((rows, grouping, seed) =>
        {
            var samples = Samples(rows, grouping, seed, epoch: 5);
            for (var lane = 0; lane < Math.Min(rows, grouping.Lanes); lane++)
            {
                // Blocks in the order of their first use: each is used in one stretch of k.
                var first = LaneRange(rows, grouping.Lanes, lane).First;
                var blocks = samples.Where((_, p) => p % grouping.Lanes == lane).Select(sample => (sample - first) / grouping.Block).ToList();
                var met = blocks.Distinct().Select((block, i) => (block, Group: i / grouping.GroupBlocks)).ToDictionary(pair => pair.block, pair => pair.Group);
                var groups = blocks.Select(block => met[block]).ToList();
                Assert.Equal(groups.Order(), groups);
            }
        });

    [Fact]
    public void Grouped_HugeCounts_StayInsideAndNeverMeet() =>
        Gen.Select(Gen.Long[1L << 40, Permutation.MaxCount], Gen.Int[1, int.MaxValue], Gen.Int[1, int.MaxValue], Gen.Int[1, 1000], Gen.Double.Unit).Sample(
            (rows, block, group, lanes, where) =>
            {
                var order = new Order("sha256:00", rows, OrderMode.Grouped, 7) { Grouping = new Grouping(block, group, lanes) }.InEpoch(0);
                var samples = new long[300];
                order.Fill((long)(where * (rows - samples.Length)), samples);
                return samples.Distinct().Count() == samples.Length && samples.All(sample => sample >= 0 && sample < rows);
            },
            iter: 100);

    [Fact]
    public void Grouped_MoreLanesThanSamples_HoldsSampleAtPosition()
    {
        // Each lane has one sample or none, so there is nothing to permute.
        var samples = Samples(500, new Grouping(int.MaxValue, int.MaxValue, int.MaxValue), seed: 3, epoch: 1);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), samples);
    }

    [Fact]
    public void Grouped_TheLastPositionsOfAnEpoch_AreNotAlwaysTheSameSamples()
    {
        // A lane of 2.5 blocks: the half one must come last in a third of the epochs only, or 'drop' would always lose the same rows.
        var grouping = new Grouping(10, 1, 1);
        var last = Enumerable.Range(0, 300).Count(epoch => Samples(25, grouping, seed: 3, epoch)[^1] >= 20);

        // Binomial(300, 1/3): mean 100, standard deviation 8.2; five of them.
        Assert.InRange(last, 59, 141);
    }

    [Fact]
    public void Grouped_AnotherEpochOrSeed_PutsOtherBlocksTogether()
    {
        var grouping = new Grouping(8, 4, 3);
        var here = Samples(1000, grouping, seed: 1, epoch: 1);
        Assert.Equal(here, Samples(1000, grouping, seed: 1, epoch: 1));
        foreach (var other in new[] { Samples(1000, grouping, 1, 2), Samples(1000, grouping, 2, 1), Samples(1000, grouping, 1, 0), Samples(1000, grouping, 0, 1) })
        {
            // Each position draws from its lane's 333 samples: three agree on average, Poisson.
            Assert.InRange(here.Zip(other).Count(pair => pair.First == pair.Second), 0, 14);
        }
    }

    [Fact]
    public void Grouped_OneLaneInOneGroup_ShufflesEverything()
    {
        const double Count = 10_000;
        var displacement = Samples((int)Count, new Grouping(1000, 10, 1), seed: 4, epoch: 0).Select((sample, p) => Math.Abs((double)sample - p)).Average();

        // As of any random permutation (PermutationTests gives the bound).
        Assert.Equal(Count / 3, displacement, 5 * Math.Sqrt(2 * Count / 45));
    }

    [Fact]
    public void Grouped_NeighboursOfALane_AreAsUnrelatedAsAGroupAllows()
    {
        // Lanes of 20,000 samples, groups of 10 blocks of 100. Where a sample stands inside its block is uniform and independent of its neighbour's:
        // over 160,000 pairs the correlation's standard deviation is 1/400. Two members of one group share a block with chance 99/999.
        const int Lanes = 8;
        var samples = Samples(160_000, new Grouping(100, 10, Lanes), seed: 6, epoch: 0);
        var offsets = samples.Select(sample => (sample % 100) - 49.5).ToArray();
        var correlation = offsets.Zip(offsets.Skip(Lanes), (x, y) => x * y).Average() / (9999 / 12.0);
        var shared = samples.Zip(samples.Skip(Lanes), (x, y) => x / 100 == y / 100 ? 1.0 : 0).Average();

        Assert.Equal(0, correlation, 5 / 400.0);

        // Every thousandth pair lies across two groups. Binomial: standard deviation √(0.1 · 0.9 / 160,000) = 0.00075.
        Assert.Equal(99 / 999.0 * 0.999, shared, 5 * 0.00075);
    }

    [Fact]
    public void Grouped_FillingABatch_AllocatesNothing()
    {
        var order = new Order("sha256:00", 1_000_000, OrderMode.Grouped, 7) { Grouping = new Grouping(512, 16, 8) }.InEpoch(0);
        var samples = new long[4096];
        order.Fill(12_345, samples);
        var before = GC.GetAllocatedBytesForCurrentThread();
        order.Fill(54_321, samples);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static long[] Samples(int rows, Grouping grouping, long seed, long epoch)
    {
        var samples = new long[rows];
        new Order("sha256:00", rows, OrderMode.Grouped, seed) { Grouping = grouping }.InEpoch(epoch).Fill(0, samples);
        return samples;
    }

    private static (long First, long Last) LaneRange(int rows, int lanes, int lane)
    {
        var lengths = Enumerable.Range(0, lane + 1).Select(i => (rows - i + lanes - 1) / lanes).Select(length => Math.Max(length, 0)).ToList();
        return (lengths[..^1].Sum(), lengths.Sum());
    }

    // The definition, with lists: lanes, their blocks in permuted order, groups of these laid end to end and permuted.
    private static long[] Listed(int rows, Grouping grouping, long seed, long epoch)
    {
        var samples = new long[rows];
        for (var lane = 0; lane < grouping.Lanes; lane++)
        {
            var (first, last) = LaneRange(rows, grouping.Lanes, lane);
            var key = Feistel.Derive((ulong)seed, (ulong)lane);
            var blocks = Enumerable.Range((int)first, (int)(last - first)).Select(i => (long)i).Chunk(grouping.Block).ToList();
            var permuted = new Permutation(blocks.Count, (long)Feistel.Derive(key, 0), epoch);
            var place = lane;
            var groups = Enumerable.Range(0, blocks.Count).Select(i => blocks[(int)permuted[i]]).Chunk(grouping.GroupBlocks).Select(group => group.SelectMany(block => block).ToList());
            foreach (var (members, g) in groups.Select((group, g) => (group, g)))
            {
                var shuffle = new Permutation(members.Count, (long)Feistel.Derive(key, (ulong)g + 1), epoch);
                for (var i = 0; i < members.Count; i++)
                {
                    samples[place] = members[(int)shuffle[i]];
                    place += grouping.Lanes;
                }
            }
        }

        return samples;
    }
}
