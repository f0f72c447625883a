namespace Features.Core.PointInTime;

/// <summary>64-bit integers as dense ids from 0, in the order in which they come: open addressing, at most half full.</summary>
internal sealed class LongDictionary
{
    private (long Key, int Id)[] slots = NewSlots(1 << 10);
    private int shift = 64 - 10;

    public int Count { get; private set; }

    public long Bytes => (long)slots.Length * 16;

    /// <summary>The id, or -1 if it was never added.</summary>
    public int Find(long key)
    {
        var mask = slots.Length - 1;
        for (var slot = Slot(key); ; slot = (slot + 1) & mask)
        {
            ref readonly var entry = ref slots[slot];
            if (entry.Id < 0 || entry.Key == key)
            {
                return entry.Id;
            }
        }
    }

    public int GetOrAdd(long key)
    {
        var mask = slots.Length - 1;
        for (var slot = Slot(key); ; slot = (slot + 1) & mask)
        {
            ref var entry = ref slots[slot];
            if (entry.Id < 0)
            {
                entry = (key, Count++);
                var id = entry.Id;
                if (Count * 2L > slots.Length)
                {
                    Grow();
                }

                return id;
            }

            if (entry.Key == key)
            {
                return entry.Id;
            }
        }
    }

    private static (long, int)[] NewSlots(int length)
    {
        var slots = new (long, int)[length];
        Array.Fill(slots, (0, -1));
        return slots;
    }

    // Fibonacci hashing: the high bits of the product depend on all bits of the key.
    private int Slot(long key) => (int)((ulong)key * 0x9E37_79B9_7F4A_7C15 >> shift);

    private void Grow()
    {
        var old = slots;
        slots = NewSlots(checked(old.Length * 2));
        shift--;
        var mask = slots.Length - 1;
        foreach (var entry in old)
        {
            if (entry.Id >= 0)
            {
                var slot = Slot(entry.Key);
                while (slots[slot].Id >= 0)
                {
                    slot = (slot + 1) & mask;
                }

                slots[slot] = entry;
            }
        }
    }
}
