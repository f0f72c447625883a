namespace Features.Core.PointInTime;

/// <summary>Rows by key id: a counting sort that keeps the rows' order within a key. Rows without a key are in no group.</summary>
internal sealed class KeyGroups
{
    private readonly int[] starts;
    private readonly int[] rows;

    public KeyGroups(int keys, int count, Func<int, int> keyOf)
    {
        starts = new int[keys + 1];
        for (var row = 0; row < count; row++)
        {
            if (keyOf(row) is >= 0 and var key)
            {
                starts[key + 1]++;
            }
        }

        for (var key = 0; key < keys; key++)
        {
            starts[key + 1] += starts[key];
        }

        rows = GC.AllocateUninitializedArray<int>(starts[keys]);
        var next = starts.AsSpan(0, keys).ToArray();
        for (var row = 0; row < count; row++)
        {
            if (keyOf(row) is >= 0 and var key)
            {
                rows[next[key]++] = row;
            }
        }
    }

    public int Keys => starts.Length - 1;

    public Span<int> this[int key] => rows.AsSpan(starts[key], starts[key + 1] - starts[key]);
}
