using Features.Flight.Layout;
using Features.Flight.Telemetry;

namespace Features.Flight.Cache;

/// <summary>
/// Room for bytes: taken from the budgets, or made by letting go of what nobody holds, the least recently used first. What somebody holds never
/// goes; and nothing goes for a data set that would not fit even then. It is called by threads that load, and may keep them busy
/// while memory is freed or copied to spill; the lock is free meanwhile.
/// </summary>
internal sealed class CacheRoom(CacheShelf shelf, ByteBudget memory, ByteBudget? spill, FlightMeter meter)
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
            CacheEntry victim;
            bool isOverQuota;
            lock (Gate)
            {
                if (!entry.IsReady)
                {
                    entry.Abandoned.Token.ThrowIfCancellationRequested();
                }

                var overQuota = entry.IsReady ? null : Unquota(entry, bytes);
                isOverQuota = overQuota is not null;
                var budget = place == Place.Memory ? memory : spill!;
                if (overQuota is null && budget.TryTake(bytes))
                {
                    entry.Count(place, bytes);
                    return true;
                }

                if (overQuota is null && budget.Used - shelf.IdleBytes(place) - MovingBytes(place, entry) + bytes > budget.Limit)
                {
                    return false;
                }

                if ((overQuota ?? shelf.OldestIdle(place)) is not { } found)
                {
                    // Another thread is making room, and will tell; one that is moving itself gets none from others.
                    if (moving == 0 || entry.IsMoving)
                    {
                        return false;
                    }

                    Monitor.Wait(Gate);
                    continue;
                }

                // What goes to spill does not push out what was used later.
                if (entry.IsMoving && found.LastUsed > entry.LastUsed)
                {
                    return false;
                }

                victim = found;
                Begin(victim, !isOverQuota && place == Place.Memory && Demote is not null ? Place.Spill : null);
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
            (place == Place.Memory ? memory : spill!).GiveBack(bytes);
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
                if (user.Tenant.QuotaBytes is not { } quota || shelf.ChargeOf(user.Tenant.Name) <= quota)
                {
                    return;
                }

                if (!TryDrop(user.Tenant, out victim))
                {
                    var refusal = QuotaRefusal(entry, entry.ChargedBytes, user.Tenant);
                    if (user.Readers == 1)
                    {
                        entry.Drop(user);
                    }

                    throw refusal;
                }

                if (victim is null)
                {
                    continue;
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
            if (!(place == Place.Memory ? memory : spill!).TryTake(bytes))
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
        if (victim.MovesTo == Place.Spill && Demote!(victim))
        {
            lock (Gate)
            {
                End(victim);
            }

            return;
        }

        ColumnStore? store = null;
        var bytes = 0L;
        lock (Gate)
        {
            // Somebody may have come while it was being copied: then it stays, and another one goes.
            if (shelf.IsIdle(victim))
            {
                victim.MovesTo = null;
                (store, victim.Store, bytes) = (victim.Store, null, victim.StoreBytes);
                shelf.Remove(victim);
            }
        }

        store?.Dispose();
        lock (Gate)
        {
            if (store is not null)
            {
                shelf.Forget(victim);
                victim.Abandoned.Dispose();
            }

            End(victim);
        }

        if (store is not null)
        {
            meter.Evicted(victim.Name, bytes);
        }
    }

    // Drops what tenants over their quota do not hold; null when all keep theirs, else an entry that has to go.
    private CacheEntry? Unquota(CacheEntry entry, long bytes)
    {
        foreach (var user in entry.Users.Values.Where(user => user.Readers > 0 && user.Tenant.QuotaBytes is not null).ToList())
        {
            while (shelf.ChargeOf(user.Tenant.Name) + bytes > user.Tenant.QuotaBytes)
            {
                if (!TryDrop(user.Tenant, out var victim))
                {
                    Refuse(entry, user, bytes);
                    break;
                }

                if (victim is not null)
                {
                    return victim;
                }
            }
        }

        return null;
    }

    // The tenant's use ends; the entry goes (victim) unless another one's use or lease keeps it.
    private bool TryDrop(FlightTenant tenant, out CacheEntry? victim)
    {
        victim = null;
        if (shelf.OldestUnheldBy(tenant.Name) is not { } oldest)
        {
            return false;
        }

        oldest.Users.Remove(tenant.Name);
        victim = oldest.Users.Count == 0 && shelf.IsIdle(oldest) ? oldest : null;
        return true;
    }

    private void Refuse(CacheEntry entry, CacheUser user, long bytes)
    {
        var refusal = QuotaRefusal(entry, entry.ChargedBytes + bytes, user.Tenant);
        entry.Drop(user);
        if (entry.Readers > 0)
        {
            user.Refuse(refusal);
            return;
        }

        // The load ends with this, once its bytes are given back; whoever asks from now on begins another one.
        shelf.Remove(entry);
        throw refusal;
    }

    private CacheFullException QuotaRefusal(CacheEntry entry, long needed, FlightTenant tenant) =>
        CacheFullException.OfQuota(entry.Name, needed, tenant, shelf.ChargeOf(tenant.Name), shelf.HeldBy(tenant.Name));

    private long MovingBytes(Place place, CacheEntry except) =>
        moving == 0 ? 0 : shelf.Entries.Concat(shelf.Leaving).Where(entry => entry.IsMoving && entry.MovesTo != place && entry != except).Sum(entry => entry.BytesIn(place));
}
