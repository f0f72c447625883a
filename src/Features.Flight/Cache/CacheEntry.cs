using Features.Flight.Layout;

namespace Features.Flight.Cache;

/// <summary>One data set, loading or loaded. All members but <see cref="RowsLoaded"/> are guarded by the cache's lock.</summary>
internal sealed class CacheEntry(StorePlan plan) : IDisposable
{
    private long rowsLoaded;

    public StorePlan Plan { get; } = plan;

    public CancellationTokenSource Abandoned { get; } = new();

    public Task<ColumnStore> Loading { get; set; } = null!;

    /// <summary>Set once, when the load is whole; null before, and after a failure.</summary>
    public ColumnStore? Store { get; set; }

    public int Holders { get; set; }

    public long Bytes { get; set; }

    public long LastUsed { get; set; }

    public long RowsLoaded
    {
        get => Interlocked.Read(ref rowsLoaded);
        set => Interlocked.Exchange(ref rowsLoaded, value);
    }

    public bool IsReady => Store is not null;

    public void Dispose()
    {
        Store?.Dispose();
        Abandoned.Dispose();
    }
}
