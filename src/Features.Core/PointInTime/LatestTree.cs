namespace Features.Core.PointInTime;

/// <summary>The greatest inserted rank below a rank (a Fenwick tree of maxima).</summary>
internal sealed class LatestTree
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
        for (var node = rank + 1; node <= size && nodes[node] <= rank; node += node & -node)
        {
            nodes[node] = rank + 1;
        }
    }

    /// <summary>The greatest inserted rank in [0, to); -1 if there is none.</summary>
    public int Latest(int to)
    {
        var latest = 0;
        for (var node = to; node > 0; node &= node - 1)
        {
            latest = Math.Max(latest, nodes[node]);
        }

        return latest - 1;
    }
}
