namespace Features.Flight.Cache;

/// <summary>
/// What tenants may be charged. One that is over its quota gives up what it does not hold, the least recently used first; if that is not enough, it is
/// refused, and nobody else. Guarded by the cache's lock.
/// </summary>
internal sealed class TenantQuotas(CacheShelf shelf)
{
    /// <summary>Makes room for bytes of a load in the quotas of all who wait for it. Who has none is refused; the load goes on for the others.</summary>
    /// <returns>An entry that has to go first, after which to ask again; null if there is room.</returns>
    /// <exception cref="CacheFullException">All who wait are refused: the load ends with this.</exception>
    public CacheEntry? Admit(CacheEntry entry, long bytes)
    {
        foreach (var user in entry.Users.Values.Where(user => user.Readers > 0 && user.Tenant.QuotaBytes is not null).ToList())
        {
            while (IsOver(user.Tenant, bytes))
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

    /// <summary>Makes room for a loaded entry that the user has begun to use.</summary>
    /// <returns>An entry that has to go first, after which to ask again; null if there is room.</returns>
    /// <exception cref="CacheFullException">What the tenant holds leaves none.</exception>
    public CacheEntry? Charge(CacheEntry entry, CacheUser user)
    {
        while (IsOver(user.Tenant, bytes: 0))
        {
            if (!TryDrop(user.Tenant, out var victim))
            {
                var refusal = RefusalOf(entry, entry.ChargedBytes, user.Tenant);
                if (user.Readers == 1)
                {
                    entry.Drop(user);
                }

                throw refusal;
            }

            if (victim is not null)
            {
                return victim;
            }
        }

        return null;
    }

    private bool IsOver(FlightTenant tenant, long bytes) => tenant.QuotaBytes is { } quota && shelf.ChargeOf(tenant.Name) + bytes > quota;

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
        var refusal = RefusalOf(entry, entry.ChargedBytes + bytes, user.Tenant);
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

    private CacheFullException RefusalOf(CacheEntry entry, long needed, FlightTenant tenant) =>
        CacheFullException.OfQuota(entry.Name, needed, tenant, shelf.ChargeOf(tenant.Name), shelf.HeldBy(tenant.Name));
}
