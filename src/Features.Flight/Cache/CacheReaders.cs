using Features.Flight.Layout;
using Features.Flight.Telemetry;

namespace Features.Flight.Cache;

/// <summary>A reader's way in, to a load that it begins or shares or to what is there, and out again.</summary>
internal sealed class CacheReaders(CacheShelf shelf, CacheRoom room, EntryLoad loads, Relocation? relocation, FlightMeter meter)
{
    private long uses;
    private bool isClosed;

    /// <summary>The right to read a plan, once it is loaded whole. The caller disposes it.</summary>
    public async Task<DatasetLease> OpenAsync(StorePlan plan, FlightTenant tenant, CancellationToken cancellationToken)
    {
        var (entry, user) = Enter(plan, tenant);
        try
        {
            await (await Task.WhenAny(entry.Loading, user.Refused).WaitAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            room.Charge(entry, user);
            lock (room.Gate)
            {
                return new DatasetLease(entry.Store!, () => Leave(entry, user));
            }
        }
        catch
        {
            Leave(entry, user);
            throw;
        }
    }

    /// <summary>Lets nobody in any more. Loads are abandoned; what is held goes with its last reader.</summary>
    public void Close()
    {
        lock (room.Gate)
        {
            isClosed = true;
            foreach (var entry in shelf.Entries.Where(entry => !entry.IsReady).ToList())
            {
                Abandon(entry);
            }

            room.AwaitMoves();
        }

        Evict(_ => true);
    }

    private (CacheEntry Entry, CacheUser User) Enter(StorePlan plan, FlightTenant tenant)
    {
        bool isNew, isReady;
        (CacheEntry, CacheUser) entered;
        lock (room.Gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, typeof(DatasetCache));
            var found = shelf.Find(plan.Key);
            var entry = found ?? new CacheEntry(plan);
            if (!entry.Users.TryGetValue(tenant.Name, out var user))
            {
                entry.Users.Add(tenant.Name, user = new CacheUser(tenant));
            }

            (user.Tenant, user.LastUsed, entry.LastUsed) = (tenant, ++uses, uses);
            user.Readers++;
            if (found is null)
            {
                shelf.Add(entry);
                entry.Loading = Task.Run(() => loads.RunAsync(entry), CancellationToken.None);
            }
            else if (entry is { IsReady: true, IsMoving: false, SpilledBytes: > 0, Readers: 1 } && relocation is not null)
            {
                room.Begin(entry, Place.Memory);
                entry.Loading = Task.Run(() => Promote(entry), CancellationToken.None);
            }

            (isNew, isReady, entered) = (found is null, entry.IsReady, (entry, user));
        }

        if (isReady)
        {
            meter.CacheHit(plan.Dataset.Name);
        }
        else if (isNew)
        {
            meter.CacheMiss(plan.Dataset.Name);
        }
        else
        {
            meter.CacheShared(plan.Dataset.Name);
        }

        return entered;
    }

    private void Promote(CacheEntry entry)
    {
        try
        {
            relocation!.TryPromote(entry);
        }
        catch (OutOfMemoryException)
        {
            // It is read where it is.
        }
        finally
        {
            lock (room.Gate)
            {
                room.End(entry);
            }
        }
    }

    private void Leave(CacheEntry entry, CacheUser user)
    {
        lock (room.Gate)
        {
            user.Readers--;
            (user.LastUsed, entry.LastUsed) = (++uses, uses);
            if (entry.Readers > 0)
            {
                // Who left a load to others is not charged for it.
                if (!entry.IsReady && user.Readers == 0)
                {
                    entry.Drop(user);
                }

                return;
            }

            if (!entry.IsReady)
            {
                Abandon(entry);
            }
        }

        if (isClosed)
        {
            Evict(other => other == entry);
        }
    }

    // Whoever asks from now on starts a load of its own; this one gives its memory back when it sees the token, and is counted until then.
    private void Abandon(CacheEntry entry)
    {
        shelf.Remove(entry);
        entry.Abandoned.CancelAsync();
    }

    /// <summary>Drops what is meant and held by nobody.</summary>
    /// <returns>How many were dropped, and how many are held or loading.</returns>
    public (int Evicted, int InUse) Evict(Func<CacheEntry, bool> isMeant)
    {
        List<CacheEntry> idle;
        int meant;
        lock (room.Gate)
        {
            var named = shelf.Entries.Where(isMeant).ToList();
            idle = [.. named.Where(entry => !entry.IsMoving && shelf.IsIdle(entry))];
            idle.ForEach(entry => room.Begin(entry, to: null));
            meant = named.Count;
        }

        idle.ForEach(room.LetGo);
        return (idle.Count, meant - idle.Count);
    }
}
