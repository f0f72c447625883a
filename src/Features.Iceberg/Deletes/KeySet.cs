using System.IO.Hashing;
using Apache.Arrow;
using Features.Iceberg.DataFiles;

namespace Features.Iceberg.Deletes;

/// <summary>The key rows of equality deletes as a hash table: keys end to end in one array, found by open addressing. Safe to read from several threads.</summary>
internal sealed class KeySet
{
    private const int LargestBytes = 2_000_000_000;

    private byte[] keys = new byte[1024];
    private int used;
    private int[] ends = new int[16];
    private int[] slots = new int[32];
    private int count;

    /// <summary>About how many bytes it takes.</summary>
    public long Bytes => keys.Length + (ends.LongLength * 4) + (slots.LongLength * 4);

    /// <summary>The keys of all rows.</summary>
    /// <exception cref="UnsupportedFeatureException">They take more than 2 GB.</exception>
    public static KeySet Of(EqualityDeletes deletes)
    {
        var set = new KeySet();
        FieldPath[] paths = [.. KeyEncoding.LeafIds(deletes.Key).Select(id => FieldPath.Find(deletes.Key.Fields, id)!)];
        foreach (var batch in deletes.Rows)
        {
            var encoding = KeyEncoding.Of(batch, paths);
            for (var row = 0; row < batch.Length; row++)
            {
                set.Add(encoding.At(row));
            }
        }

        return set;
    }

    public bool Contains(ReadOnlySpan<byte> key) => slots[SlotOf(key)] != 0;

    private void Add(ReadOnlySpan<byte> key)
    {
        var slot = SlotOf(key);
        if (slots[slot] != 0)
        {
            return;
        }

        if (used > LargestBytes - key.Length)
        {
            throw new UnsupportedFeatureException("equality deletes with more than 2 GB of keys", "scan", "compact the table with the engine that wrote it");
        }

        if (keys.Length - used < key.Length)
        {
            System.Array.Resize(ref keys, (int)Math.Min(LargestBytes, Math.Max(keys.Length * 2L, used + (long)key.Length)));
        }

        if (count == ends.Length)
        {
            System.Array.Resize(ref ends, count * 2);
        }

        key.CopyTo(keys.AsSpan(used));
        used += key.Length;
        ends[count++] = used;
        slots[slot] = count;
        if (count * 2 > slots.Length)
        {
            Rehash();
        }
    }

    private void Rehash()
    {
        slots = new int[slots.Length * 2];
        for (var i = 0; i < count; i++)
        {
            slots[SlotOf(At(i))] = i + 1;
        }
    }

    private ReadOnlySpan<byte> At(int index)
    {
        var start = index == 0 ? 0 : ends[index - 1];
        return keys.AsSpan(start, ends[index] - start);
    }

    /// <summary>The slot of the key, or the free one where it belongs.</summary>
    private int SlotOf(ReadOnlySpan<byte> key)
    {
        var slot = (int)(XxHash3.HashToUInt64(key) & (ulong)(slots.Length - 1));
        while (slots[slot] is not 0 and var held && !At(held - 1).SequenceEqual(key))
        {
            slot = (slot + 1) & (slots.Length - 1);
        }

        return slot;
    }
}
