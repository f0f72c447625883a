namespace Features.Ordering;

/// <summary>
/// How an epoch's positions are dealt to ranks. From p0, global step s holds positions [p0 + s·G, p0 + (s+1)·G) with
/// G = <see cref="Batch"/> · <see cref="World"/>; rank r takes the r-th contiguous run of <see cref="Batch"/> of them.
/// Every rank gets the same number of steps, known before step 0.
/// </summary>
public sealed record Delivery
{
    /// <summary>A delivery to one rank.</summary>
    /// <param name="batch">Samples a rank gets in a step, from 1.</param>
    /// <param name="world">Number of ranks, from 1.</param>
    /// <param name="rank">This rank, in [0, <paramref name="world"/>).</param>
    /// <param name="tail">What becomes of the last, partial step; <see cref="Tail.Keep"/> only in a world of one.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public Delivery(int batch, int world, int rank, Tail tail)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(world, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, world);
        if (tail == Tail.Keep && world > 1)
        {
            throw new ArgumentException($"a short last batch cannot be dealt evenly to {world} ranks; use the tail 'drop' or 'pad'", nameof(tail));
        }

        (Batch, World, Rank, Tail) = (batch, world, rank, tail);
    }

    /// <summary>Samples a rank gets in a step.</summary>
    public int Batch { get; }

    /// <summary>Number of ranks.</summary>
    public int World { get; }

    /// <summary>This rank.</summary>
    public int Rank { get; }

    /// <summary>What becomes of the last, partial step.</summary>
    public Tail Tail { get; }

    /// <summary>G: positions that a step of all ranks consumes.</summary>
    public long GlobalBatch => (long)Batch * World;

    /// <summary>What remains of an epoch of <paramref name="rows"/> positions from <paramref name="first"/>: the same for each rank.</summary>
    /// <param name="rows">N.</param>
    /// <param name="first">p0: positions consumed before, from 0 to N.</param>
    public DeliveryPlan From(long rows, long first)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, rows);
        return new DeliveryPlan(this, rows, first);
    }
}
