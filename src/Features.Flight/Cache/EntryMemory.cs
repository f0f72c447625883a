using System.Buffers;
using Apache.Arrow.Memory;
using Features.Flight.Cache.Spill;

namespace Features.Flight.Cache;

/// <summary>
/// The memory of one load, or of one copy of a store. Every byte is taken from the budget before it is rented and given back after it is freed,
/// so that what the cache counts is never less than what it has, whoever frees it and when. What memory does not hold comes
/// from spill, and then all that follows.
/// </summary>
internal sealed class EntryMemory(CacheEntry entry, CacheRoom room, MemoryAllocator memory, SpillFolder? folder, bool isSpilling = false) : MemoryAllocator, IDisposable
{
    private const long MinSlabBytes = 64 << 10;
    private const long MaxSlabBytes = 256 << 20;
    private readonly Lock gate = new();
    private readonly Lock spillGate = new();
    private readonly long[] reserved = new long[2];
    private volatile bool isSpilling = isSpilling;
    private SpillSlab? slab;
    private long slabBytes;

    /// <summary>Takes bytes ahead of their use, all of them in one place; false if no place holds them.</summary>
    public bool TryReserve(long bytes)
    {
        if (!isSpilling && room.TryTake(entry, Place.Memory, bytes))
        {
            Keep(Place.Memory, bytes);
            return true;
        }

        if (folder is null || !room.TryTake(entry, Place.Spill, bytes))
        {
            return false;
        }

        isSpilling = true;
        Keep(Place.Spill, bytes);
        return true;
    }

    /// <summary>Takes bytes of memory ahead of their use if they are free: nothing goes for them.</summary>
    public bool TryReserveFree(long bytes)
    {
        if (!room.TryTakeFree(entry, Place.Memory, bytes))
        {
            return false;
        }

        Keep(Place.Memory, bytes);
        return true;
    }

    /// <summary>Gives back what was reserved and not used. What was rented lives on.</summary>
    public void Dispose()
    {
        lock (spillGate)
        {
            slab?.Dispose();
            slab = null;
        }

        foreach (var place in new[] { Place.Memory, Place.Spill })
        {
            long rest;
            lock (gate)
            {
                (rest, reserved[(int)place]) = (reserved[(int)place], 0);
            }

            room.GiveBack(entry, place, rest);
        }
    }

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = length;
        entry.CountLaid(length);
        if (!isSpilling)
        {
            if (TryUse(Place.Memory, length))
            {
                return Rent(length);
            }

            isSpilling = folder is null ? throw room.RefusalOf(entry, length) : true;
        }

        return Spill(length);
    }

    private Rented Rent(int length)
    {
        try
        {
            return new Rented(this, memory.Allocate(length), length);
        }
        catch
        {
            room.GiveBack(entry, Place.Memory, length);
            throw;
        }
    }

    private IMemoryOwner<byte> Spill(int length)
    {
        lock (spillGate)
        {
            if (slab?.TryRent(length) is { } piece)
            {
                return piece;
            }

            slab?.Dispose();
            slab = null;
            slab = NewSlab(length);
            slabBytes += slab.Bytes;
            return slab.TryRent(length)!;
        }
    }

    // As large as what is still expected; past that an eighth of what there is, so that little stays unused.
    private SpillSlab NewSlab(int length)
    {
        var bytes = Math.Max(length, Math.Min(MaxSlabBytes, Math.Max(Math.Max(Reserved(Place.Spill), slabBytes / 8), MinSlabBytes)));
        if (!TryUse(Place.Spill, bytes))
        {
            bytes = length;
            if (!TryUse(Place.Spill, bytes))
            {
                throw room.RefusalOf(entry, length);
            }
        }

        try
        {
            var created = folder!.Create(bytes);
            created.Freed = freed => room.GiveBack(entry, Place.Spill, freed.Bytes);
            return created;
        }
        catch (Exception cause)
        {
            room.GiveBack(entry, Place.Spill, bytes);
            if (cause is IOException full)
            {
                throw CacheFullException.OfFolder(entry.Name, folder!.Path, full);
            }

            throw;
        }
    }

    // From what is reserved, and the rest from the budget.
    private bool TryUse(Place place, long bytes)
    {
        long drawn;
        lock (gate)
        {
            drawn = Math.Min(reserved[(int)place], bytes);
            reserved[(int)place] -= drawn;
        }

        var isTaken = false;
        try
        {
            return isTaken = drawn == bytes || room.TryTake(entry, place, bytes - drawn);
        }
        finally
        {
            if (!isTaken)
            {
                Keep(place, drawn);
            }
        }
    }

    private void Keep(Place place, long bytes)
    {
        lock (gate)
        {
            reserved[(int)place] += bytes;
        }
    }

    private long Reserved(Place place)
    {
        lock (gate)
        {
            return reserved[(int)place];
        }
    }

    private sealed class Rented(EntryMemory owner, IMemoryOwner<byte> inner, int length) : IMemoryOwner<byte>
    {
        private int isReturned;

        public Memory<byte> Memory => inner.Memory;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReturned, 1) == 0)
            {
                inner.Dispose();
                owner.GiveBack(length);
            }
        }
    }

    private void GiveBack(long bytes) => room.GiveBack(entry, Place.Memory, bytes);
}
