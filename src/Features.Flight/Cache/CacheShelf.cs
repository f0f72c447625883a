using System.Globalization;

namespace Features.Flight.Cache;

/// <summary>What is there, who holds it, and what goes first. Guarded by the cache's lock.</summary>
internal sealed class CacheShelf(LeaseBook leases)
{
    private readonly Dictionary<string, CacheEntry> entries = [];
    private readonly HashSet<CacheEntry> leaving = [];

    /// <summary>Those that can be asked for.</summary>
    public IReadOnlyCollection<CacheEntry> Entries => entries.Values;

    /// <summary>Those that nobody can ask for any more, and whose bytes are not all given back.</summary>
    public IReadOnlyCollection<CacheEntry> Leaving => leaving;

    public CacheEntry? Find(string key) => entries.GetValueOrDefault(key);

    public void Add(CacheEntry entry) => entries.Add(entry.Key, entry);

    /// <summary>Whoever asks from now on gets another one; this one is counted until its bytes are given back.</summary>
    public void Remove(CacheEntry entry)
    {
        if (entries.TryGetValue(entry.Key, out var current) && current == entry)
        {
            entries.Remove(entry.Key);
            leaving.Add(entry);
        }
    }

    public void Forget(CacheEntry entry)
    {
        Remove(entry);
        leaving.Remove(entry);
    }

    /// <summary>Whether nobody holds it: it is loaded, no stream reads it, no lease and no pin is on it.</summary>
    public bool IsIdle(CacheEntry entry) => entry.IsReady && entry.Readers == 0 && !leases.IsHeld(entry.Key);

    /// <summary>The least recently used of those that nobody holds and that have bytes there.</summary>
    public CacheEntry? OldestIdle(Place place) => Idle(place).MinBy(entry => entry.LastUsed);

    /// <summary>Bytes that would be free there if all that nobody holds went.</summary>
    public long IdleBytes(Place place) => Idle(place).Sum(entry => entry.BytesIn(place));

    /// <summary>What a tenant is charged: all that it uses or holds, whole.</summary>
    public long ChargeOf(string tenant) => entries.Values.Concat(leaving).Where(entry => IsChargedTo(entry, tenant)).Sum(entry => entry.ChargedBytes);

    /// <summary>The least recently used, by the tenant, of those that it is charged for and does not hold.</summary>
    public CacheEntry? OldestUnheldBy(string tenant) => entries.Values
        .Where(entry => entry.IsReady && !entry.IsMoving && entry.Users.TryGetValue(tenant, out var user) && user.Readers == 0 && !leases.IsHeldBy(entry.Key, tenant))
        .MinBy(entry => entry.Users[tenant].LastUsed);

    /// <summary>What a tenant holds, for people to read.</summary>
    public IReadOnlyList<string> HeldBy(string tenant) => [.. entries.Values.Where(entry => IsChargedTo(entry, tenant) && entry.ChargedBytes > 0).Select(Describe)];

    /// <summary>What takes room, but for one entry, for people to read.</summary>
    public IReadOnlyList<string> Held(CacheEntry except) =>
    [
        .. entries.Values.Where(entry => entry != except && entry.ChargedBytes > 0).Select(Describe),
        .. leaving.Where(entry => entry != except && entry.MemoryBytes + entry.SpilledBytes > 0).Select(Describe),
    ];

    private IEnumerable<CacheEntry> Idle(Place place) => entries.Values.Where(entry => !entry.IsMoving && entry.BytesIn(place) > 0 && IsIdle(entry));

    private bool IsChargedTo(CacheEntry entry, string tenant) => entry.Users.ContainsKey(tenant) || leases.IsHeldBy(entry.Key, tenant);

    private string Describe(CacheEntry entry)
    {
        var why = new List<string>();
        if (leaving.Contains(entry))
        {
            why.Add("being given up");
        }
        else if (!entry.IsReady)
        {
            why.Add("loading");
        }

        if (entry.Readers > 0)
        {
            why.Add(entry.Readers == 1 ? "1 reader" : string.Create(CultureInfo.InvariantCulture, $"{entry.Readers} readers"));
        }

        if (leases.HeldUntil(entry.Key) is { } until)
        {
            why.Add(until == DateTimeOffset.MaxValue ? "pinned" : string.Create(CultureInfo.InvariantCulture, $"leased until {until.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"));
        }

        var bytes = leaving.Contains(entry) ? entry.MemoryBytes + entry.SpilledBytes : entry.ChargedBytes;
        return string.Create(CultureInfo.InvariantCulture, $"'{entry.Name}' ({bytes} bytes{string.Concat(why.Select(reason => $", {reason}"))})");
    }
}
