namespace Features.Core.PointInTime.Kernel;

/// <summary>The least or greatest inserted cell over ranges of ranks (a segment tree). Cells are kept negated (bitwise) for the greatest, so that one order serves both.</summary>
internal sealed class ExtremeTree(bool greatest)
{
    private readonly long flip = greatest ? -1 : 0;
    private long[] nodes = [];
    private int size;

    public void Reset(int ranks)
    {
        size = ranks;
        Buffers.Ensure(ref nodes, ranks * 2);
        nodes.AsSpan(0, ranks * 2).Fill(long.MaxValue);
    }

    public void Insert(int rank, long cell)
    {
        var value = cell ^ flip;
        for (var node = rank + size; node > 0 && value < nodes[node]; node >>= 1)
        {
            nodes[node] = value;
        }
    }

    /// <summary>The extreme of the inserted cells with ranks in [from, to); meaningless if there are none.</summary>
    public long Extreme(int from, int to)
    {
        var extreme = long.MaxValue;
        var (left, right) = (from + size, to + size);
        while (left < right)
        {
            if ((left & 1) == 1)
            {
                extreme = Math.Min(extreme, nodes[left++]);
            }

            if ((right & 1) == 1)
            {
                extreme = Math.Min(extreme, nodes[--right]);
            }

            left >>= 1;
            right >>= 1;
        }

        return extreme ^ flip;
    }
}
