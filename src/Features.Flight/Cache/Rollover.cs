namespace Features.Flight.Cache;

/// <summary>
/// Which plan each epoch of one job has, while newer ones come. An epoch that a rank has begun keeps its plan for ever, so that all ranks get
/// the same one, also late, again, or in an old epoch; a newer plan, once it is warm, has the epochs from the first that nobody has begun. What
/// is offered last counts: an older plan that comes back, as by a table's rollback, is followed too.
/// </summary>
/// <param name="first">The plan of all epochs until a newer one is warm.</param>
internal sealed class Rollover<TPlan>(TPlan first)
    where TPlan : class, IEquatable<TPlan>
{
    private readonly List<(long FromEpoch, TPlan Plan)> turns = [(0, first)];
    private long begun = -1;
    private (TPlan Plan, long Begun)? failed;

    /// <summary>The plan of the last epoch that was begun.</summary>
    public TPlan Current => At(Math.Max(0, begun));

    /// <summary>The plan of the first epoch that nobody has begun.</summary>
    public TPlan Next => turns[^1].Plan;

    /// <summary>A newer plan that is being warmed; null if there is none.</summary>
    public TPlan? Warming { get; private set; }

    /// <summary>Why the last plan that was offered is not followed; null if nothing failed.</summary>
    public string? Fault { get; private set; }

    /// <summary>A rank begins an epoch, for the first time or again.</summary>
    /// <param name="epoch">From 0.</param>
    /// <returns>The epoch's plan.</returns>
    public TPlan Begin(long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        begun = Math.Max(begun, epoch);
        return At(epoch);
    }

    /// <summary>A plan is seen to be the newest.</summary>
    /// <returns>True if it is to be warmed now. One whose warming failed is tried again when another epoch was begun since.</returns>
    public bool Offer(TPlan plan)
    {
        if (plan.Equals(Next))
        {
            (Warming, Fault, failed) = (null, null, null);
            return false;
        }

        if (plan.Equals(Warming) || (failed is { } last && last.Plan.Equals(plan) && last.Begun == begun))
        {
            return false;
        }

        Warming = plan;
        return true;
    }

    /// <summary>A plan is in memory. Without effect if a newer one was offered meanwhile.</summary>
    public void Warmed(TPlan plan)
    {
        if (!plan.Equals(Warming))
        {
            return;
        }

        (Warming, Fault, failed) = (null, null, null);
        if (turns[^1].FromEpoch > begun)
        {
            turns.RemoveAt(turns.Count - 1);
        }

        if (turns.Count == 0 || !plan.Equals(Next))
        {
            turns.Add((begun + 1, plan));
        }
    }

    /// <summary>A plan could not be brought into memory: the one before it stays. Without effect if a newer one was offered meanwhile.</summary>
    public void Failed(TPlan plan, string reason)
    {
        if (plan.Equals(Warming))
        {
            (Warming, Fault, failed) = (null, reason, (plan, begun));
        }
    }

    private TPlan At(long epoch)
    {
        var (low, high) = (0, turns.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = turns[middle].FromEpoch <= epoch ? (middle, high) : (low, middle - 1);
        }

        return turns[low].Plan;
    }
}
