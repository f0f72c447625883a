namespace Features.Core.PointInTime.Kernel;

/// <summary>
/// The least or greatest of the cells in a window. Where rows come in by rank, as they go out, a cell is forgotten once a later one is as good (O(1) a row); else a tree over the ranks answers (O(log n)).
/// </summary>
internal sealed class RunningExtreme(bool greatest)
{
    private readonly long flip = greatest ? -1 : 0;
    private readonly ExtremeTree tree = new(greatest);
    private int[] ranks = [];
    private long[] values = [];
    private int head, tail, size;
    private bool isByRank;

    public void Reset(int count, bool comeByRank)
    {
        (size, isByRank, head, tail) = (count, comeByRank, 0, 0);
        if (isByRank)
        {
            Buffers.Ensure(ref ranks, count);
            Buffers.Ensure(ref values, count);
        }
        else
        {
            tree.Reset(count);
        }
    }

    public void Insert(int rank, long cell)
    {
        if (!isByRank)
        {
            tree.Insert(rank, cell);
            return;
        }

        // Negated (bitwise) for the greatest, so that one order serves both.
        var value = cell ^ flip;
        while (tail > head && values[tail - 1] >= value)
        {
            tail--;
        }

        (ranks[tail], values[tail]) = (rank, value);
        tail++;
    }

    /// <summary>The extreme of the inserted cells with ranks from <paramref name="lower"/> on, which never goes back; meaningless if there are none.</summary>
    public long Extreme(int lower)
    {
        if (!isByRank)
        {
            return tree.Extreme(lower, size);
        }

        while (ranks[head] < lower)
        {
            head++;
        }

        return values[head] ^ flip;
    }
}
