using Apache.Arrow.Memory;
using Features.Flight.Layout;

namespace Features.Flight.Cache;

/// <summary>
/// Pinned data sets in memory, within a budget of bytes. Each is loaded once, however many ask at a time; the least recently used
/// that nobody reads makes room. A load that nobody waits for any more is abandoned.
/// </summary>
public sealed class DatasetCache : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, CacheEntry> entries = [];
    private readonly IDatasetSource source;
    private readonly MemoryAllocator allocator;
    private long used;
    private long uses;
    private bool isDisposed;

    /// <summary>An empty cache over a source.</summary>
    /// <param name="source">Where data sets come from.</param>
    /// <param name="budgetBytes">Bytes that all loaded columns together may take, from 1.</param>
    /// <param name="allocator">Where column memory is taken from; null for Arrow's default.</param>
    public DatasetCache(IDatasetSource source, long budgetBytes, MemoryAllocator? allocator = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(budgetBytes, 1);
        this.source = source;
        this.allocator = allocator ?? MemoryAllocator.Default.Value;
        BudgetBytes = budgetBytes;
    }

    /// <summary>Bytes that all loaded columns together may take.</summary>
    public long BudgetBytes { get; }

    /// <summary>Bytes that they take now, those of loads under way among them.</summary>
    public long UsedBytes
    {
        get
        {
            lock (gate)
            {
                return used;
            }
        }
    }

    internal MemoryAllocator Allocator => allocator;

    /// <summary>What is in the cache now.</summary>
    public IReadOnlyList<CachedDataset> List()
    {
        lock (gate)
        {
            return [.. entries.Values.Select(Describe)];
        }
    }

    /// <summary>The state of one plan; null if it is neither loaded nor loading.</summary>
    public CachedDataset? Find(StorePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        lock (gate)
        {
            return entries.TryGetValue(plan.Key, out var entry) ? Describe(entry) : null;
        }
    }

    /// <summary>Loads a plan ahead of its readers. Goes on when the caller leaves.</summary>
    /// <returns>A task that ends with the load, and with its failure.</returns>
    /// <exception cref="DatasetLoadException">The source failed, or gave another number of rows than the plan says.</exception>
    /// <exception cref="CacheFullException">The budget does not hold it.</exception>
    public async Task WarmAsync(StorePlan plan, CancellationToken cancellationToken)
    {
        var lease = OpenAsync(plan, CancellationToken.None);
        _ = lease.ContinueWith(open => open.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        await lease.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Drops what is loaded under a name and read by nobody.</summary>
    /// <returns>How many loaded plans were dropped, and how many are being read or loaded.</returns>
    public (int Evicted, int InUse) Evict(string name)
    {
        lock (gate)
        {
            var named = entries.Values.Where(entry => entry.Plan.Dataset.Name == name).ToList();
            var idle = named.Where(IsIdle).ToList();
            idle.ForEach(Remove);
            return (idle.Count, named.Count - idle.Count);
        }
    }

    /// <summary>Drops everything; loads are abandoned, and what is being read goes when its reader does.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            foreach (var entry in entries.Values.ToList())
            {
                if (!entry.IsReady)
                {
                    Abandon(entry);
                }
                else if (IsIdle(entry))
                {
                    Remove(entry);
                }
            }
        }
    }

    /// <summary>The right to read a plan, once it is loaded whole. The caller disposes it.</summary>
    internal async Task<DatasetLease> OpenAsync(StorePlan plan, CancellationToken cancellationToken)
    {
        var entry = Hold(plan);
        try
        {
            var store = await entry.Loading.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new DatasetLease(store, () => Release(entry));
        }
        catch
        {
            Release(entry);
            throw;
        }
    }

    /// <summary>Bytes of some columns of a plan; null if it is not loaded.</summary>
    internal long? BytesOf(StorePlan plan, IEnumerable<int> ordinals)
    {
        lock (gate)
        {
            return entries.GetValueOrDefault(plan.Key)?.Store?.BytesOf(ordinals);
        }
    }

    private static bool IsIdle(CacheEntry entry) => entry.IsReady && entry.Holders == 0;

    private static CachedDataset Describe(CacheEntry entry) =>
        new(entry.Plan.Dataset.Name, entry.Plan.Dataset.Digest, entry.RowsLoaded, entry.Bytes, entry.Holders, entry.IsReady);

    private CacheEntry Hold(StorePlan plan)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (!entries.TryGetValue(plan.Key, out var entry))
            {
                entry = new CacheEntry(plan);
                entries.Add(plan.Key, entry);
                entry.Loading = Task.Run(() => LoadAsync(entry, entry.Abandoned.Token), CancellationToken.None);
            }

            entry.Holders++;
            entry.LastUsed = ++uses;
            return entry;
        }
    }

    private void Release(CacheEntry entry)
    {
        lock (gate)
        {
            entry.Holders--;
            entry.LastUsed = ++uses;
            if (entry.Holders > 0)
            {
                return;
            }

            if (!entry.IsReady)
            {
                Abandon(entry);
            }
            else if (isDisposed)
            {
                Remove(entry);
            }
        }
    }

    // Whoever asks from now on starts a load of its own; this one gives its memory back when it sees the token.
    private void Abandon(CacheEntry entry)
    {
        Forget(entry);
        entry.Abandoned.CancelAsync();
    }

    private void Remove(CacheEntry entry)
    {
        Forget(entry);
        used -= entry.Bytes;
        entry.Bytes = 0;
        entry.Dispose();
    }

    private void Forget(CacheEntry entry)
    {
        if (entries.TryGetValue(entry.Plan.Key, out var current) && current == entry)
        {
            entries.Remove(entry.Plan.Key);
        }
    }

    private async Task<ColumnStore> LoadAsync(CacheEntry entry, CancellationToken abandoned)
    {
        var plan = entry.Plan;
        using var builder = new ColumnStoreBuilder(plan.Schema, allocator);
        try
        {
            foreach (var part in await source.PartsAsync(plan.Dataset, abandoned).ConfigureAwait(false))
            {
                await foreach (var batch in part.ReadAsync(abandoned).ConfigureAwait(false))
                {
                    Reserve(entry, builder.Add(batch));
                    entry.RowsLoaded = builder.Rows;
                    abandoned.ThrowIfCancellationRequested();
                }
            }

            Reserve(entry, builder.Complete());
            return builder.Rows == plan.Dataset.Rows
                ? Publish(entry, builder)
                : throw new InvalidDataException($"its source gave {builder.Rows} rows where its plan has {plan.Dataset.Rows}; verify the data set");
        }
        catch (Exception fault)
        {
            lock (gate)
            {
                Forget(entry);
                used -= entry.Bytes;
                entry.Bytes = 0;
            }

            throw (fault is OperationCanceledException && abandoned.IsCancellationRequested) || fault is CacheFullException ? fault : new DatasetLoadException(plan.Dataset.Name, fault.Message, fault);
        }
    }

    // Under the lock, so that a load cannot be abandoned and become ready at once.
    private ColumnStore Publish(CacheEntry entry, ColumnStoreBuilder builder)
    {
        lock (gate)
        {
            entry.Abandoned.Token.ThrowIfCancellationRequested();
            return entry.Store = builder.Build();
        }
    }

    private void Reserve(CacheEntry entry, long bytes)
    {
        lock (gate)
        {
            while (used + bytes > BudgetBytes)
            {
                var oldest = entries.Values.Where(IsIdle).MinBy(idle => idle.LastUsed);
                if (oldest is null)
                {
                    var held = entries.Values.Where(other => other != entry).Select(other => $"'{other.Plan.Dataset.Name}' ({other.Bytes} bytes)");
                    throw new CacheFullException(entry.Plan.Dataset.Name, entry.Bytes + bytes, BudgetBytes, [.. held]);
                }

                Remove(oldest);
            }

            used += bytes;
            entry.Bytes += bytes;
        }
    }
}
