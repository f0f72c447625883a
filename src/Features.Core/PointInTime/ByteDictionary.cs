using System.Runtime.InteropServices;
using System.IO.Hashing;

namespace Features.Core.PointInTime;

/// <summary>Byte strings as dense ids from 0, in the order in which they come. The bytes lie in one buffer; at most 2 GiB of them.</summary>
internal sealed class ByteDictionary
{
    private readonly List<int> ends = [];
    private readonly List<uint> hashes = [];
    private byte[] bytes = new byte[1024];
    private int[] slots = NewSlots(1024);

    public int Count => ends.Count;

    /// <summary>Bytes that are held.</summary>
    public long Bytes => bytes.Length + (4L * (slots.Length + ends.Capacity + hashes.Capacity));

    public ReadOnlySpan<byte> this[int id] => bytes.AsSpan(id == 0 ? 0 : ends[id - 1], ends[id] - (id == 0 ? 0 : ends[id - 1]));

    /// <summary>The id, or -1 if it was never added.</summary>
    public int Find(ReadOnlySpan<byte> value) => slots[Slot(value, Hash(value))];

    public int GetOrAdd(ReadOnlySpan<byte> value)
    {
        var hash = Hash(value);
        var slot = Slot(value, hash);
        if (slots[slot] >= 0)
        {
            return slots[slot];
        }

        var start = ends.Count == 0 ? 0 : ends[^1];
        if (start + (long)value.Length > Array.MaxLength)
        {
            throw new PointInTimeException("the distinct keys or texts of one view take more than 2 GiB; join fewer rows at a time");
        }

        if (start + value.Length > bytes.Length)
        {
            Array.Resize(ref bytes, (int)Math.Min(Array.MaxLength, Math.Max(bytes.Length * 2L, start + (long)value.Length)));
        }

        value.CopyTo(bytes.AsSpan(start));
        var id = ends.Count;
        ends.Add(start + value.Length);
        hashes.Add(hash);
        slots[slot] = id;
        if (ends.Count * 2 > slots.Length)
        {
            Grow();
        }

        return id;
    }

    /// <summary>For each id its rank in byte order, and for each rank its id.</summary>
    public (int[] RankOfId, int[] IdOfRank) Ranks()
    {
        var idOfRank = Enumerable.Range(0, Count).ToArray();
        Array.Sort(idOfRank, (a, b) => this[a].SequenceCompareTo(this[b]));
        var rankOfId = new int[Count];
        for (var rank = 0; rank < idOfRank.Length; rank++)
        {
            rankOfId[idOfRank[rank]] = rank;
        }

        return (rankOfId, idOfRank);
    }

    private static uint Hash(ReadOnlySpan<byte> value) => (uint)XxHash3.HashToUInt64(value);

    private static int[] NewSlots(int length)
    {
        var slots = new int[length];
        Array.Fill(slots, -1);
        return slots;
    }

    private int Slot(ReadOnlySpan<byte> value, uint hash)
    {
        var known = CollectionsMarshal.AsSpan(hashes);
        var mask = slots.Length - 1;
        var slot = (int)hash & mask;
        while (slots[slot] is >= 0 and var id && (known[id] != hash || !this[id].SequenceEqual(value)))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        slots = NewSlots(slots.Length * 2);
        for (var id = 0; id < hashes.Count; id++)
        {
            var slot = (int)hashes[id] & (slots.Length - 1);
            while (slots[slot] >= 0)
            {
                slot = (slot + 1) & (slots.Length - 1);
            }

            slots[slot] = id;
        }
    }
}
