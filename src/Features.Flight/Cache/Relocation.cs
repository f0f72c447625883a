using Apache.Arrow.Memory;
using Features.Flight.Cache.Spill;
using Features.Flight.Layout;
using Features.Flight.Telemetry;

namespace Features.Flight.Cache;

/// <summary>
/// The ways of a store between memory and spill. Down: when nobody holds it and others need its memory. Up: when it is asked for and there is free
/// memory, before it is read. Shuffled rows come as fast from a mapped file as from memory while the system keeps the file's pages, but at about a
/// fiftieth of that speed once it does not, whereas one pass in stored order brings all of it back; so the copy pays, and costs nobody else their memory.
/// </summary>
internal sealed class Relocation(CacheShelf shelf, CacheRoom room, MemoryAllocator allocator, SpillFolder folder, FlightMeter meter)
{
    /// <summary>Copies a store to spill and frees its memory; false if spill does not hold it, or if somebody came meanwhile. For an entry that is marked as moving.</summary>
    public bool TryDemote(CacheEntry entry)
    {
        using var target = new EntryMemory(entry, room, allocator, folder, isSpilling: true);
        try
        {
            if (!target.TryReserve(entry.StoreBytes) || !TryMove(entry, target, () => shelf.IsIdle(entry)))
            {
                return false;
            }
        }
        catch (CacheFullException)
        {
            // The folder is full, or gone: as if there were none.
            return false;
        }

        meter.Spilled(entry.Name, entry.StoreBytes);
        return true;
    }

    /// <summary>Copies a store to memory and frees its spill, if memory is free. For an entry that is marked as moving, and that nobody reads before this ends.</summary>
    public void TryPromote(CacheEntry entry)
    {
        using var target = new EntryMemory(entry, room, allocator, folder: null);
        if (target.TryReserveFree(entry.StoreBytes))
        {
            TryMove(entry, target, () => true);
        }
    }

    private bool TryMove(CacheEntry entry, EntryMemory target, Func<bool> isStillWanted)
    {
        var from = entry.Store!;
        var to = from.CopyTo(target);
        target.Dispose();
        bool isMoved;
        lock (room.Gate)
        {
            isMoved = isStillWanted();
            if (isMoved)
            {
                entry.Store = to;
            }
        }

        (isMoved ? from : to).Dispose();
        lock (room.Gate)
        {
            entry.StoreBytes = entry.MemoryBytes + entry.SpilledBytes;
        }

        return isMoved;
    }
}
