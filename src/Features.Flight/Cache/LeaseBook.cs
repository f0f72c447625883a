namespace Features.Flight.Cache;

/// <summary>
/// Who may still come for what, and until when. A lease holds a plan's key, loaded or not. An expired one is forgotten by whoever asks next:
/// there are no timers, and each lease stands in the queue of expiries once. Guarded by the cache's lock.
/// </summary>
internal sealed class LeaseBook(TimeProvider clock)
{
    private readonly Dictionary<string, Lease> leases = [];
    private readonly Dictionary<string, HashSet<Lease>> byKey = [];
    private readonly PriorityQueue<(Lease Lease, DateTimeOffset At), DateTimeOffset> expiries = new();

    /// <summary>Leases that have not expired.</summary>
    public int Count
    {
        get
        {
            Sweep();
            return leases.Count;
        }
    }

    /// <summary>Places in the queue of expiries, those of leases that were released before their end among them.</summary>
    public int QueueLength => expiries.Count;

    /// <summary>Takes a lease, or another one under the same id in its stead. <see cref="DateTimeOffset.MaxValue"/> is no end.</summary>
    public void Hold(string id, string key, string tenant, DateTimeOffset expires)
    {
        Release(id);
        if (expires <= clock.GetUtcNow())
        {
            return;
        }

        var lease = new Lease(id, key, tenant) { Expires = expires };
        leases.Add(id, lease);
        (byKey.TryGetValue(key, out var held) ? held : byKey[key] = []).Add(lease);
        Enqueue(lease);
    }

    /// <summary>Moves the end of a lease; false if there is none of that id, or none any more.</summary>
    public bool Renew(string id, DateTimeOffset expires)
    {
        Sweep();
        if (!leases.TryGetValue(id, out var lease))
        {
            return false;
        }

        lease.Expires = expires;
        if (expires < lease.QueuedAt)
        {
            Enqueue(lease);
        }

        return true;
    }

    /// <summary>When a lease ends; null if there is none of that id, or none any more.</summary>
    public DateTimeOffset? EndOf(string id)
    {
        Sweep();
        return leases.TryGetValue(id, out var lease) ? lease.Expires : null;
    }

    /// <summary>Ends a lease; false if there is none of that id, or none any more.</summary>
    public bool Release(string id)
    {
        Sweep();
        if (!leases.Remove(id, out var lease))
        {
            return false;
        }

        Forget(lease);
        return true;
    }

    /// <summary>Ends all leases.</summary>
    public void Clear()
    {
        leases.Clear();
        byKey.Clear();
        expiries.Clear();
    }

    public bool IsHeld(string key)
    {
        Sweep();
        return byKey.ContainsKey(key);
    }

    public bool IsHeldBy(string key, string tenant)
    {
        Sweep();
        return byKey.TryGetValue(key, out var held) && held.Any(lease => lease.Tenant == tenant);
    }

    /// <summary>The last moment at which a plan is held; null if it is not held.</summary>
    public DateTimeOffset? HeldUntil(string key)
    {
        Sweep();
        return byKey.TryGetValue(key, out var held) ? held.Max(lease => lease.Expires) : null;
    }

    /// <summary>Who holds a plan.</summary>
    public CacheHolds Of(string key)
    {
        Sweep();
        if (!byKey.TryGetValue(key, out var held))
        {
            return default;
        }

        var pins = held.Count(lease => lease.Expires == DateTimeOffset.MaxValue);
        return new CacheHolds(held.Count - pins, pins, held.Count == pins ? null : held.Where(lease => lease.Expires < DateTimeOffset.MaxValue).Max(lease => lease.Expires));
    }

    private void Enqueue(Lease lease)
    {
        lease.QueuedAt = lease.Expires;
        if (lease.Expires < DateTimeOffset.MaxValue)
        {
            expiries.Enqueue((lease, lease.Expires), lease.Expires);
        }
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        while (expiries.TryPeek(out var next, out var at) && at <= now)
        {
            expiries.Dequeue();
            var lease = next.Lease;
            if (lease.IsReleased || lease.QueuedAt != next.At)
            {
                continue;
            }

            if (lease.Expires > now)
            {
                Enqueue(lease);
            }
            else
            {
                leases.Remove(lease.Id);
                Forget(lease);
            }
        }
    }

    private void Forget(Lease lease)
    {
        lease.IsReleased = true;
        var held = byKey[lease.Key];
        held.Remove(lease);
        if (held.Count == 0)
        {
            byKey.Remove(lease.Key);
        }
    }

    private sealed class Lease(string id, string key, string tenant)
    {
        public string Id { get; } = id;

        public string Key { get; } = key;

        public string Tenant { get; } = tenant;

        public DateTimeOffset Expires { get; set; }

        /// <summary>The moment of its one valid place in the queue: not after <see cref="Expires"/>.</summary>
        public DateTimeOffset QueuedAt { get; set; }

        public bool IsReleased { get; set; }
    }
}
