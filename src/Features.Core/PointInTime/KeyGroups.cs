using Features.Core.PointInTime.Columns;

namespace Features.Core.PointInTime;

/// <summary>Rows by key id: a counting sort that keeps the rows' order within a key. Rows without a key are in no group.</summary>
internal sealed class KeyGroups
{
    private readonly int[] starts;
    private readonly int[] rows;

    public KeyGroups(int keys, ReadOnlySpan<int> keyOfRow)
    {
        starts = new int[keys + 1];
        Count(keyOfRow);
        rows = GC.AllocateUninitializedArray<int>(Sum());
        Scatter(keyOfRow, 0, starts.AsSpan(0, keys).ToArray());
    }

    public KeyGroups(int keys, Chunked<int> keyOfRow)
    {
        starts = new int[keys + 1];
        for (var chunk = 0; chunk < keyOfRow.ChunkCount; chunk++)
        {
            Count(keyOfRow.Chunk(chunk));
        }

        rows = GC.AllocateUninitializedArray<int>(Sum());
        var next = starts.AsSpan(0, keys).ToArray();
        for (var chunk = 0; chunk < keyOfRow.ChunkCount; chunk++)
        {
            Scatter(keyOfRow.Chunk(chunk), chunk * Chunked<int>.ChunkRows, next);
        }
    }

    public int Keys => starts.Length - 1;

    /// <summary>How many rows have a key.</summary>
    public int Rows => rows.Length;

    public Span<int> this[int key] => rows.AsSpan(starts[key], starts[key + 1] - starts[key]);

    /// <summary>Where a key's rows begin among all of them.</summary>
    public int Start(int key) => starts[key];

    private void Count(ReadOnlySpan<int> keys)
    {
        foreach (var key in keys)
        {
            if (key >= 0)
            {
                starts[key + 1]++;
            }
        }
    }

    private int Sum()
    {
        for (var key = 1; key < starts.Length; key++)
        {
            starts[key] += starts[key - 1];
        }

        return starts[^1];
    }

    private void Scatter(ReadOnlySpan<int> keys, int first, Span<int> next)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] >= 0)
            {
                rows[next[keys[i]]++] = first + i;
            }
        }
    }
}
