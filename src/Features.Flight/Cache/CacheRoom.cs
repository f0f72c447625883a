using Features.Flight.Layout;
using Features.Flight.Telemetry;

namespace Features.Flight.Cache;

/// <summary>
/// Room for bytes: taken from the budgets, or made by letting go of what nobody holds, the least recently used first. What somebody holds never
/// goes; and nothing goes for a data set that would not fit even then. It is called by threads that load, and may keep them busy
/// while memory is freed or copied to spill; the lock is free meanwhile.
/// </summary>
internal sealed class CacheRoom(CacheShelf shelf, TenantQuotas quotas, ByteBudget memory, ByteBudget? spill, FlightMeter meter)
{
    private int moving;

    /// <summary>Guards all state of the cache.</summary>
    public object Gate { get; } = new();

    /// <summary>Copies a store to spill, or null where there is none; called without the lock, for an entry that is marked as moving.</summary>
    public Func<CacheEntry, bool>? Demote { get; set; }

    /// <summary>Takes bytes for an entry; false if there is no room for them.</summary>
    /// <exception cref="CacheFullException">The quotas of all who wait for the entry are exhausted.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for the entry any more.</exception>
    public bool TryTake(CacheEntry entry, Place place, long bytes)
    {
        while (true)
        {
            CacheEntry? victim;
            lock (Gate)
            {
                if (!entry.IsReady)
                {
                    entry.Abandoned.Token.ThrowIfCancellationRequested();
                    victim = quotas.Admit(entry, bytes);
                }
                else
                {
                    victim = null;
                }

                if (victim is not null)
                {
                    Begin(victim, to: null);
                }
                else if (BudgetOf(place).TryTake(bytes))
                {
                    entry.Count(place, bytes);
                    return true;
                }
                else if (!CanFit(entry, place, bytes))
                {
                    return false;
                }
                else if ((victim = shelf.OldestIdle(place)) is not null)
                {
                    // What goes to spill does not push out what was used later.
                    if (entry.IsMoving && victim.LastUsed > entry.LastUsed)
                    {
                        return false;
                    }

                    Begin(victim, place == Place.Memory && Demote is not null ? Place.Spill : null);
                }
                else if (moving > 0 && !entry.IsMoving)
                {
                    // Another thread is making room, and will tell.
                    Monitor.Wait(Gate);
                    continue;
                }
                else
                {
                    return false;
                }
            }

            LetGo(victim);
        }
    }

    /// <summary>Bytes are free again.</summary>
    public void GiveBack(CacheEntry entry, Place place, long bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        lock (Gate)
        {
            BudgetOf(place).GiveBack(bytes);
            entry.Count(place, -bytes);
            Monitor.PulseAll(Gate);
        }
    }

    /// <summary>Charges a loaded entry to a tenant that begins to use it; what the tenant does not hold makes room in its quota.</summary>
    /// <exception cref="CacheFullException">What it holds leaves no room.</exception>
    public void Charge(CacheEntry entry, CacheUser user)
    {
        while (true)
        {
            CacheEntry? victim;
            lock (Gate)
            {
                victim = quotas.Charge(entry, user);
                if (victim is null)
                {
                    return;
                }

                Begin(victim, to: null);
            }

            LetGo(victim);
        }
    }

    /// <summary>Takes bytes for an entry if they are free: nothing goes for them.</summary>
    public bool TryTakeFree(CacheEntry entry, Place place, long bytes)
    {
        lock (Gate)
        {
            if (!BudgetOf(place).TryTake(bytes))
            {
                return false;
            }

            entry.Count(place, bytes);
            return true;
        }
    }

    /// <summary>Marks an entry as moving, under the lock.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="to">Where it will be; null if it is to be evicted.</param>
    public void Begin(CacheEntry entry, Place? to)
    {
        (entry.IsMoving, entry.MovesTo) = (true, to);
        moving++;
    }

    /// <summary>Ends a move that was begun, under the lock.</summary>
    public void End(CacheEntry entry)
    {
        entry.IsMoving = false;
        moving--;
        Monitor.PulseAll(Gate);
    }

    /// <summary>Lets all moves end, under the lock.</summary>
    public void AwaitMoves()
    {
        while (moving > 0)
        {
            Monitor.Wait(Gate);
        }
    }

    public CacheFullException RefusalOf(CacheEntry entry, long bytes)
    {
        lock (Gate)
        {
            return CacheFullException.OfBudget(entry.Name, entry.MemoryBytes + entry.SpilledBytes + bytes, memory, spill, shelf.Held(except: entry));
        }
    }

    /// <summary>Evicts or demotes an entry of which the caller, holding the lock, has called <see cref="Begin"/>; without the lock. It stays if somebody came meanwhile.</summary>
    public void LetGo(CacheEntry victim)
    {
        try
        {
            if (victim.MovesTo != Place.Spill || !Demote!(victim))
            {
                Evict(victim);
            }
        }
        finally
        {
            lock (Gate)
            {
                End(victim);
            }
        }
    }

    private void Evict(CacheEntry victim)
    {
        ColumnStore store;
        long bytes;
        lock (Gate)
        {
            // Somebody may have come while it was being copied: then it stays, and another one goes.
            if (!shelf.IsIdle(victim))
            {
                return;
            }

            victim.MovesTo = null;
            (store, victim.Store, bytes) = (victim.Store!, null, victim.StoreBytes);
            shelf.Remove(victim);
        }

        store.Dispose();
        lock (Gate)
        {
            shelf.Forget(victim);
        }

        victim.Abandoned.Dispose();
        meter.Evicted(victim.Name, bytes);
    }

    private ByteBudget BudgetOf(Place place) => place == Place.Memory ? memory : spill!;

    private bool CanFit(CacheEntry entry, Place place, long bytes) =>
        BudgetOf(place).Used - shelf.IdleBytes(place) - MovingBytes(place, entry) + bytes <= BudgetOf(place).Limit;

    private long MovingBytes(Place place, CacheEntry except) =>
        moving == 0 ? 0 : shelf.Entries.Concat(shelf.Leaving).Where(entry => entry.IsMoving && entry.MovesTo != place && entry != except).Sum(entry => entry.BytesIn(place));
}
