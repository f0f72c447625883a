namespace Features.Core.PointInTime;

/// <summary>Counts of inserted ranks below a rank (a Fenwick tree). The buffer is kept between groups.</summary>
internal sealed class CountTree
{
    private int[] nodes = [];
    private int size;

    public void Reset(int ranks)
    {
        size = ranks;
        Buffers.Clear(ref nodes, ranks + 1);
    }

    public void Insert(int rank)
    {
        for (var node = rank + 1; node <= size; node += node & -node)
        {
            nodes[node]++;
        }
    }

    /// <summary>How many of the ranks in [from, to) were inserted.</summary>
    public int Count(int from, int to) => Below(to) - Below(from);

    private int Below(int rank)
    {
        var count = 0;
        for (var node = rank; node > 0; node &= node - 1)
        {
            count += nodes[node];
        }

        return count;
    }
}
