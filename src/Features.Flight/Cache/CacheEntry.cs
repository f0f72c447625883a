using Features.Flight.Layout;

namespace Features.Flight.Cache;

/// <summary>One data set, loading or loaded. All members but the counts of its progress are guarded by the cache's lock.</summary>
internal sealed class CacheEntry(StorePlan plan)
{
    private long rowsLoaded;
    private long bytesLaid;

    public StorePlan Plan { get; } = plan;

    public string Key => Plan.Key;

    public string Name => Plan.Dataset.Name;

    /// <summary>Who uses it, by tenant.</summary>
    public Dictionary<string, CacheUser> Users { get; } = [];

    public CancellationTokenSource Abandoned { get; } = new();

    /// <summary>Ends when the store is whole, or with the failure once all memory is given back.</summary>
    public Task Loading { get; set; } = Task.CompletedTask;

    /// <summary>Set when the load is whole; null before, after a failure, and once it is evicted.</summary>
    public ColumnStore? Store { get; set; }

    /// <summary>Bytes that the store takes, in memory and spilled; 0 before it is whole.</summary>
    public long StoreBytes { get; set; }

    /// <summary>Bytes of memory that are taken for it, those that are only reserved among them.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Bytes of the spill folder that are taken for it, those that are only reserved among them.</summary>
    public long SpilledBytes { get; private set; }

    /// <summary>True while it is being evicted, or copied between memory and spill: nobody else may begin that.</summary>
    public bool IsMoving { get; set; }

    /// <summary>Where a move leaves it; null if it is being evicted.</summary>
    public Place? MovesTo { get; set; }

    public long LastUsed { get; set; }

    public long RowsLoaded => Interlocked.Read(ref rowsLoaded);

    /// <summary>Bytes that hold rows: all of them, or those that the load has laid out so far.</summary>
    public long BytesLoaded => IsReady ? StoreBytes : Interlocked.Read(ref bytesLaid);

    public bool IsReady => Store is not null;

    public int Readers => Users.Values.Sum(user => user.Readers);

    /// <summary>What its users are charged. A copy under way, from memory to spill, is not charged twice.</summary>
    public long ChargedBytes => IsReady ? StoreBytes : MemoryBytes + SpilledBytes;

    /// <summary>Ends a use; another use by the same tenant, begun since, stays.</summary>
    public void Drop(CacheUser user)
    {
        if (Users.TryGetValue(user.Tenant.Name, out var current) && current == user)
        {
            Users.Remove(user.Tenant.Name);
        }
    }

    public void CountRows(long rows) => Interlocked.Add(ref rowsLoaded, rows);

    public void CountLaid(long bytes) => Interlocked.Add(ref bytesLaid, bytes);

    public void Count(Place place, long bytes)
    {
        if (place == Place.Memory)
        {
            MemoryBytes += bytes;
        }
        else
        {
            SpilledBytes += bytes;
        }
    }

    public long BytesIn(Place place) => place == Place.Memory ? MemoryBytes : SpilledBytes;
}
