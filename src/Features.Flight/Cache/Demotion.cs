using Apache.Arrow.Memory;
using Features.Flight.Cache.Spill;
using Features.Flight.Layout;
using Features.Flight.Telemetry;

namespace Features.Flight.Cache;

/// <summary>The way of an entry that nobody holds from memory to the spill folder, where its next reader finds it without its source.</summary>
internal sealed class Demotion(CacheShelf shelf, CacheRoom room, MemoryAllocator allocator, SpillFolder folder, FlightMeter meter)
{
    /// <summary>Copies a store and frees its memory; false if spill does not hold it, or if somebody came meanwhile. For an entry that is marked as moving.</summary>
    public bool TryRun(CacheEntry entry)
    {
        ColumnStore? memory, spilled = null;
        lock (room.Gate)
        {
            memory = entry.Store;
        }

        try
        {
            using var target = new EntryMemory(entry, room, allocator, folder, isSpilling: true);
            spilled = target.TryReserve(entry.StoreBytes) ? memory!.CopyTo(target) : null;
        }
        catch (CacheFullException)
        {
            // The folder is full, or gone: as if there were none.
        }

        if (spilled is null)
        {
            return false;
        }

        bool isDone;
        lock (room.Gate)
        {
            isDone = shelf.IsIdle(entry);
            if (isDone)
            {
                entry.Store = spilled;
            }
        }

        (isDone ? memory : spilled)!.Dispose();
        lock (room.Gate)
        {
            entry.StoreBytes = entry.MemoryBytes + entry.SpilledBytes;
        }

        if (isDone)
        {
            meter.Spilled(entry.Name, entry.StoreBytes);
        }

        return isDone;
    }
}
