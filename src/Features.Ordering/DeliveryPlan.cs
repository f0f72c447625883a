namespace Features.Ordering;

/// <summary>The steps in which the rest of an epoch is delivered to a rank.</summary>
public sealed record DeliveryPlan
{
    internal DeliveryPlan(Delivery delivery, long rows, long first) => (Delivery, Rows, First) = (delivery, rows, first);

    /// <summary>How positions are dealt to ranks.</summary>
    public Delivery Delivery { get; }

    /// <summary>N: the epoch's positions.</summary>
    public long Rows { get; }

    /// <summary>p0: the first position that is delivered.</summary>
    public long First { get; }

    /// <summary>Steps of each rank.</summary>
    public long Steps => (Remaining / Delivery.GlobalBatch) + (Delivery.Tail == Tail.Drop || Rest == 0 ? 0 : 1);

    /// <summary>Positions that no rank gets in this epoch.</summary>
    public long Dropped => Delivery.Tail == Tail.Drop ? Rest : 0;

    /// <summary>Positions past the epoch's end that repeat its first ones, over all ranks.</summary>
    public long Padded => Delivery.Tail == Tail.Pad && Rest > 0 ? Delivery.GlobalBatch - Rest : 0;

    /// <summary>Samples that this rank gets, padding included.</summary>
    public long RankRows => Delivery.Tail == Tail.Keep ? Remaining : Steps * Delivery.Batch;

    private long Remaining => Rows - First;

    private long Rest => Remaining % Delivery.GlobalBatch;

    /// <summary>This rank's positions in a step: where they begin, and how many they are. A position at or past N is padding.</summary>
    public (long First, int Count) Step(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, Steps);
        var first = First + (step * Delivery.GlobalBatch) + ((long)Delivery.Rank * Delivery.Batch);
        return (first, Delivery.Tail == Tail.Keep ? (int)Math.Min(Delivery.Batch, Rows - first) : Delivery.Batch);
    }

    /// <summary>Positions consumed by all ranks once <paramref name="steps"/> steps are done: the position to resume at.</summary>
    public long PositionAfter(long steps) => Math.Min(Rows, First + (steps * Delivery.GlobalBatch));
}
