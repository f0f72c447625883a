namespace Features.Ordering.Tests;

/// <summary>What holds of an epoch in every mode, whatever it is dealt to.</summary>
public class EpochTests
{
    private static readonly Gen<Order> Orders = Gen.Select(Gen.Int[1, 400], Gen.Enum<OrderMode>(), Gen.Int[1, 50], Gen.Int[1, 6], Gen.Int[1, 9], Gen.Long[0, (1L << 53) - 1]).Select((rows, mode, block, group, lanes, seed) =>
        new Order("sha256:00", rows, mode, seed) { Grouping = mode == OrderMode.Grouped ? new Grouping(block, group, lanes) : null });

    [Fact]
    public void Epoch_DealtToAnyWorldWithPadding_HoldsEachSampleOnceAndItsFirstOnesAgain() =>
        Gen.Select(Orders, Gen.Int[1, 40], Gen.Int[1, 9], Gen.Long[0, 1000]).Sample((order, batch, world, epoch) =>
        {
            var whole = Samples(order, epoch, 0, order.Rows);
            var seen = Dealt(order, epoch, 0, batch, world, Tail.Pad, int.MaxValue);

            Assert.Equal(Enumerable.Range(0, (int)order.Rows).Select(i => (long)i), seen.Take((int)order.Rows).Order());
            Assert.Equal(Enumerable.Range(0, seen.Count).Select(p => whole[p % whole.Length]), seen);
        });

    [Fact]
    public void Epoch_StoppedAnywhereAndResumedFromItsJson_GoesOnWhereItStopped() =>
        Gen.Select(Orders, Gen.Int[1, 40], Gen.Int[1, 9], Gen.Int[0, 20], Gen.Int[1, 40]).Sample((order, batch, world, steps, nextBatch) =>
        {
            var plan = new Delivery(batch, world, 0, Tail.Pad).From(order.Rows, 0);
            var state = OrderState.Parse(new OrderState(order, 4, plan.PositionAfter(Math.Min(steps, plan.Steps))).ToJson());
            state.Check(order);
            var seen = Dealt(order, 4, 0, batch, world, Tail.Pad, steps).Take((int)state.Position);
            var rest = Dealt(state.Order, state.Epoch, state.Position, nextBatch, 1, Tail.Keep, int.MaxValue);

            Assert.Equal(Samples(order, 4, 0, order.Rows), seen.Concat(rest));
        });

    [Fact]
    public void Epoch_WorldAndBatchChangedWhileItRuns_HoldsItsPositionsInTurnWithNoneLostOrRepeated() =>
        Gen.Select(Orders, Gen.Select(Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int[0, 4]).List[1, 6]).Sample((order, legs) =>
        {
            var seen = new List<long>();
            var position = 0L;
            foreach (var (batch, world, steps) in legs)
            {
                seen.AddRange(Dealt(order, 2, position, batch, world, Tail.Drop, steps));
                var plan = new Delivery(batch, world, 0, Tail.Drop).From(order.Rows, position);
                position = plan.PositionAfter(Math.Min(steps, plan.Steps));
            }

            seen.AddRange(Dealt(order, 2, position, 7, 1, Tail.Keep, int.MaxValue));
            Assert.Equal(Samples(order, 2, 0, order.Rows), seen);
        });

    [Fact]
    public void Epoch_FilledInPiecesOfAnyLength_IsTheSameAsInOne() =>
        Gen.Select(Orders, Gen.Int[1, 90].List[1, 30]).Sample((order, lengths) =>
        {
            var epoch = order.InEpoch(1);
            var pieces = new List<long>();
            foreach (var length in lengths)
            {
                var piece = new long[length];
                epoch.Fill(pieces.Count, piece);
                pieces.AddRange(piece);
            }

            Assert.Equal(Samples(order, 1, 0, pieces.Count), pieces);
        });

    /// <summary>What the ranks of a world get, in the order of positions.</summary>
    private static List<long> Dealt(Order order, long epoch, long first, int batch, int world, Tail tail, int steps)
    {
        var seen = new List<long>();
        var ranks = Enumerable.Range(0, world).Select(rank => new Delivery(batch, world, rank, tail).From(order.Rows, first)).ToList();
        for (var step = 0; step < Math.Min(steps, ranks[0].Steps); step++)
        {
            foreach (var rank in ranks)
            {
                var (at, count) = rank.Step(step);
                seen.AddRange(Samples(order, epoch, at, count));
            }
        }

        return seen;
    }

    private static long[] Samples(Order order, long epoch, long first, long count)
    {
        var samples = new long[count];
        order.InEpoch(epoch).Fill(first, samples);
        return samples;
    }
}
