namespace Features.Ordering.Tests;

public class DeliveryTests
{
    private static readonly Gen<(int Rows, int Batch, int World)> Shapes = Gen.Select(Gen.Int[0, 400], Gen.Int[1, 40], Gen.Int[1, 9]);

    [Fact]
    public void Delivery_AnyShapeAndTail_GivesEachPositionOnceAndCountsTheRest() =>
        Gen.Select(Shapes, Gen.Enum<Tail>(), Gen.Double.Unit).Sample((shape, tail, where) =>
        {
            var (rows, batch, world) = shape;
            world = tail == Tail.Keep ? 1 : world;
            var first = (int)(where * rows);
            var seen = Enumerable.Range(0, world).SelectMany(rank => Positions(new Delivery(batch, world, rank, tail).From(rows, first))).Order().ToList();
            var plan = new Delivery(batch, world, 0, tail).From(rows, first);

            Assert.Equal(Enumerable.Range(first, seen.Count).Select(p => (long)p), seen);
            Assert.Equal(rows - first - plan.Dropped + plan.Padded, seen.Count);
            Assert.True(plan.Dropped < plan.Delivery.GlobalBatch && plan.Padded < plan.Delivery.GlobalBatch);
            Assert.True(tail == Tail.Drop || plan.Dropped == 0);
            Assert.True(tail == Tail.Pad || plan.Padded == 0);
        });

    [Fact]
    public void Delivery_EveryRank_HasTheSameStepsAndItsStatedRows() =>
        Gen.Select(Shapes, Gen.Bool.Select(pads => pads ? Tail.Pad : Tail.Drop)).Sample((shape, tail) =>
        {
            var plans = Enumerable.Range(0, shape.World).Select(rank => new Delivery(shape.Batch, shape.World, rank, tail).From(shape.Rows, 0)).ToList();
            Assert.Single(plans.Select(plan => plan.Steps).Distinct());
            Assert.All(plans, plan => Assert.Equal(plan.RankRows, Positions(plan).Count()));
        });

    [Fact]
    public void Delivery_ResumedWithOtherWorldsAndBatches_SeesEachSampleOncePerEpoch() =>
        Gen.Select(Gen.Int[1, 300], Gen.Select(Gen.Int[1, 20], Gen.Int[1, 5], Gen.Int[0, 4]).List[1, 6], Gen.Long[0, 1000]).Sample((rows, legs, seed) =>
        {
            var epoch = new Order("sha256:00", rows, OrderMode.Global, seed).InEpoch(3);
            var seen = new List<long>();
            var position = 0L;
            foreach (var (batch, world, steps) in legs)
            {
                var done = Math.Min(steps, new Delivery(batch, world, 0, Tail.Drop).From(rows, position).Steps);
                for (var rank = 0; rank < world; rank++)
                {
                    var plan = new Delivery(batch, world, rank, Tail.Drop).From(rows, position);
                    for (var step = 0; step < done; step++)
                    {
                        seen.AddRange(Samples(epoch, plan.Step(step)));
                    }
                }

                position = new Delivery(batch, world, 0, Tail.Drop).From(rows, position).PositionAfter(done);
            }

            var rest = new Delivery(7, 1, 0, Tail.Keep).From(rows, position);
            for (var step = 0; step < rest.Steps; step++)
            {
                seen.AddRange(Samples(epoch, rest.Step(step)));
            }

            Assert.Equal(Enumerable.Range(0, rows).Select(i => (long)i), seen.Order());
        });

    [Fact]
    public void Delivery_GlobalStep_HoldsTheSameSamplesInAnyWorldOfTheSameGlobalBatch()
    {
        var epoch = new Order("sha256:00", 1000, OrderMode.Global, 5).InEpoch(0);
        IEnumerable<long> Step(int world, long step) => Enumerable.Range(0, world)
            .SelectMany(rank => Samples(epoch, new Delivery(24 / world, world, rank, Tail.Drop).From(1000, 0).Step(step)));

        Assert.Equal(Step(1, 17), Step(4, 17));
        Assert.Equal(Step(2, 17), Step(8, 17));
        Assert.Equal(Step(1, 17), Step(2, 17));
    }

    [Fact]
    public void Delivery_PaddingPastTheEnd_WrapsToTheFirstPositionsEvenTwice()
    {
        var plan = new Delivery(4, 2, 1, Tail.Pad).From(3, 0);
        var epoch = new Order("sha256:00", 3, OrderMode.None, 0).InEpoch(0);

        Assert.Equal((1L, 5L), (plan.Steps, plan.Padded));
        Assert.Equal([1L, 2, 0, 1], Samples(epoch, plan.Step(0)));
    }

    [Fact]
    public void Delivery_WrongArguments_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Delivery(0, 1, 0, Tail.Drop));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Delivery(1, 2, 2, Tail.Drop));
        Assert.Contains("'drop' or 'pad'", Assert.Throws<ArgumentException>(() => new Delivery(1, 2, 0, Tail.Keep)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Delivery(1, 1, 0, Tail.Drop).From(10, 11));
    }

    private static IEnumerable<long> Positions(DeliveryPlan plan)
    {
        for (var step = 0L; step < plan.Steps; step++)
        {
            var (first, count) = plan.Step(step);
            for (var i = 0; i < count; i++)
            {
                yield return first + i;
            }
        }
    }

    private static long[] Samples(EpochOrder epoch, (long First, int Count) step)
    {
        var samples = new long[step.Count];
        epoch.Fill(step.First, samples);
        return samples;
    }
}
