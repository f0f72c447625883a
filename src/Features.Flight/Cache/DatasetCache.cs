using Apache.Arrow.Memory;
using Features.Flight.Cache.Spill;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Flight.Telemetry;

namespace Features.Flight.Cache;

/// <summary>
/// Pinned data sets in memory, within a budget of bytes. Each is loaded once, however many ask at a time. What a reader, a lease or a pin
/// holds stays; of the rest the least recently used makes room, by way of the spill folder where there is one. A load that nobody waits for any
/// more is abandoned.
/// </summary>
public sealed class DatasetCache : IDisposable
{
    private readonly CacheShelf shelf;
    private readonly LeaseBook leases;
    private readonly ByteBudget memory;
    private readonly ByteBudget? spill;
    private readonly CacheRoom room;
    private readonly CacheReaders readers;
    private readonly FollowedDatasets followed;

    /// <summary>An empty cache over a source, without spill.</summary>
    /// <param name="source">Where data sets come from.</param>
    /// <param name="budgetBytes">Bytes that all loaded columns together may take, from 1.</param>
    /// <param name="allocator">Where column memory is taken from; null for large pages of the system's.</param>
    public DatasetCache(IDatasetSource source, long budgetBytes, MemoryAllocator? allocator = null)
        : this(source, new FlightOptions { MemoryBudgetBytes = budgetBytes }, allocator: allocator)
    {
    }

    /// <summary>An empty cache over a source.</summary>
    /// <param name="source">Where data sets come from.</param>
    /// <param name="options">Its budgets, its spill folder and how many parts it loads at a time.</param>
    /// <param name="clock">What leases expire by; null for the system's.</param>
    /// <param name="allocator">Where column memory is taken from; null for large pages of the system's.</param>
    /// <exception cref="IOException">The spill folder cannot be made or written.</exception>
    public DatasetCache(IDatasetSource source, FlightOptions options, TimeProvider? clock = null, MemoryAllocator? allocator = null)
        : this(source, options, clock, allocator, meter: null)
    {
    }

    internal DatasetCache(IDatasetSource source, FlightOptions options, TimeProvider? clock, MemoryAllocator? allocator, FlightMeter? meter)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryBudgetBytes, 1);
        clock ??= TimeProvider.System;
        Allocator = allocator ?? SlabAllocator.Shared;
        meter ??= new FlightMeter();
        leases = new LeaseBook(clock);
        shelf = new CacheShelf(leases);
        memory = new ByteBudget(options.MemoryBudgetBytes);
        var folder = options.SpillFolder is { } path ? new SpillFolder(path) : null;
        spill = folder is null ? null : new ByteBudget(options.SpillBudgetBytes);
        room = new CacheRoom(shelf, new TenantQuotas(shelf), memory, spill, meter);
        var relocation = folder is null ? null : new Relocation(shelf, room, Allocator, folder, meter);
        room.Demote = relocation is null ? null : relocation.TryDemote;
        var loader = new DatasetLoader(source, options.LoadParallelism > 0 ? options.LoadParallelism : Environment.ProcessorCount);
        readers = new CacheReaders(shelf, room, new EntryLoad(loader, shelf, room, Allocator, folder, clock, meter), relocation, meter);
        meter.ObserveCache(() => UsedBytes, () => BudgetBytes);
        followed = new FollowedDatasets(this, source, clock);
    }

    /// <summary>Bytes that all loaded columns together may take.</summary>
    public long BudgetBytes => memory.Limit;

    /// <summary>Bytes that they take now; those of loads under way, and of what is being given up, are among them.</summary>
    public long UsedBytes => UsedIn(memory);

    /// <summary>Bytes of the spill folder that are taken now.</summary>
    public long SpilledBytes => UsedIn(spill);

    internal MemoryAllocator Allocator { get; }

    /// <summary>What is in the cache now.</summary>
    public IReadOnlyList<CachedDataset> List()
    {
        lock (room.Gate)
        {
            return [.. shelf.Entries.Select(Describe)];
        }
    }

    /// <summary>The state of one plan; null if it is neither loaded nor loading.</summary>
    public CachedDataset? Find(StorePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        lock (room.Gate)
        {
            return shelf.Find(plan.Key) is { } entry ? Describe(entry) : null;
        }
    }

    /// <summary>Loads a plan ahead of its readers, for the local tenant. Goes on when the caller leaves.</summary>
    /// <returns>A task that ends with the load, and with its failure.</returns>
    /// <exception cref="DatasetLoadException">The source failed, or gave another number of rows than the plan says.</exception>
    /// <exception cref="CacheFullException">The budget does not hold it.</exception>
    public Task WarmAsync(StorePlan plan, CancellationToken cancellationToken) => WarmAsync(plan, FlightTenant.Local, cancellationToken);

    /// <summary>Loads a plan ahead of its readers. Goes on when the caller leaves.</summary>
    /// <returns>A task that ends with the load, and with its failure.</returns>
    /// <exception cref="DatasetLoadException">The source failed, or gave another number of rows than the plan says.</exception>
    /// <exception cref="CacheFullException">The budget or the tenant's quota does not hold it.</exception>
    public Task WarmAsync(StorePlan plan, FlightTenant tenant, CancellationToken cancellationToken)
    {
        return LoadAsync().WaitAsync(cancellationToken);

        async Task LoadAsync()
        {
            using var lease = await OpenAsync(plan, tenant, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps a plan, whether it is loaded yet or not, until a moment: what is loaded of it is not evicted before, and is charged to the tenant.</summary>
    /// <param name="leaseId">The lease's id; one that is held already is replaced.</param>
    /// <param name="plan">What to keep.</param>
    /// <param name="tenant">For whom.</param>
    /// <param name="expires">The moment; <see cref="DateTimeOffset.MaxValue"/> for none, which is a pin.</param>
    public void Hold(string leaseId, StorePlan plan, FlightTenant tenant, DateTimeOffset expires)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(tenant);
        lock (room.Gate)
        {
            leases.Hold(leaseId, plan.Key, tenant.Name, expires);
        }
    }

    /// <summary>As <see cref="Hold"/>, but a lease of that id that ends later stays as it is.</summary>
    internal void HoldAtLeast(string leaseId, StorePlan plan, FlightTenant tenant, DateTimeOffset expires)
    {
        lock (room.Gate)
        {
            if (leases.EndOf(leaseId) is not { } end || end < expires)
            {
                leases.Hold(leaseId, plan.Key, tenant.Name, expires);
            }
        }
    }

    /// <summary>Moves a lease's end; false if it has expired or there is none of that id.</summary>
    public bool Renew(string leaseId, DateTimeOffset expires)
    {
        lock (room.Gate)
        {
            return leases.Renew(leaseId, expires);
        }
    }

    /// <summary>Ends a lease; false if it has expired or there is none of that id.</summary>
    public bool Release(string leaseId)
    {
        lock (room.Gate)
        {
            return leases.Release(leaseId);
        }
    }

    /// <summary>What jobs follow from version to version.</summary>
    public IReadOnlyList<FollowedDataset> ListFollowed() => followed.List();

    /// <summary>
    /// A data set has a newer version: it is loaded beside the one in use, for each job that follows the name with the same filter, policy outcome
    /// and columns, and given from the first epoch on that no rank has begun.
    /// </summary>
    /// <returns>A task that ends when what began to load is ready or has failed; failures are in <see cref="ListFollowed"/>.</returns>
    public Task OfferAsync(DatasetPlan newest)
    {
        ArgumentNullException.ThrowIfNull(newest);
        return followed.OfferAsync(newest);
    }

    /// <summary>A name may stand for a newer version: the source is asked for it, as each job that follows the name asked; then as with a plan.</summary>
    /// <returns>A task that ends when what began to load is ready or has failed; failures are in <see cref="ListFollowed"/>.</returns>
    public Task OfferAsync(string name, CancellationToken cancellationToken) => followed.OfferAsync(name, cancellationToken);

    /// <summary>Drops what is loaded under a name and held by nobody.</summary>
    /// <returns>How many loaded plans were dropped, and how many are held or loading.</returns>
    public (int Evicted, int InUse) Evict(string name) => readers.Evict(entry => entry.Name == name);

    /// <summary>Drops everything; loads are abandoned, and what is being read goes when its reader does.</summary>
    public void Dispose()
    {
        lock (room.Gate)
        {
            leases.Clear();
        }

        readers.Close();
    }

    /// <summary>The right to read a plan, once it is loaded whole. The caller disposes it.</summary>
    internal Task<DatasetLease> OpenAsync(StorePlan plan, FlightTenant tenant, CancellationToken cancellationToken) => readers.OpenAsync(plan, tenant, cancellationToken);

    /// <summary>The right to read a plan for the local tenant.</summary>
    internal Task<DatasetLease> OpenAsync(StorePlan plan, CancellationToken cancellationToken) => OpenAsync(plan, FlightTenant.Local, cancellationToken);

    /// <summary>The plan of an epoch for a job that follows a data set: the same for all ranks, whenever they ask. The epoch is begun with this.</summary>
    /// <param name="job">What all ranks of the job, and no other job, have in common.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="selection">What the job asked for.</param>
    /// <param name="newest">What that stands for now; if it is newer than what the job has, it is loaded in the background.</param>
    /// <param name="tenant">For whom.</param>
    /// <param name="expires">Until when the job's plans are held if it does not ask again.</param>
    internal StorePlan Follow(string job, long epoch, DatasetSelection selection, StorePlan newest, FlightTenant tenant, DateTimeOffset expires) =>
        followed.Begin(job, epoch, selection, newest, tenant, expires);

    /// <summary>Bytes of some columns of a plan; null if it is not loaded.</summary>
    internal long? BytesOf(StorePlan plan, IEnumerable<int> ordinals)
    {
        lock (room.Gate)
        {
            return shelf.Find(plan.Key)?.Store?.BytesOf(ordinals);
        }
    }

    private long UsedIn(ByteBudget? budget)
    {
        lock (room.Gate)
        {
            return budget?.Used ?? 0;
        }
    }

    private CachedDataset Describe(CacheEntry entry) => new(entry.Name, entry.Plan.Dataset.Digest, entry.RowsLoaded, entry.BytesLoaded, entry.Readers, entry.IsReady)
    {
        Plan = entry.Plan,
        Holds = leases.Of(entry.Key),
        SpilledBytes = entry.SpilledBytes,
        HeldUntil = leases.HeldUntil(entry.Key),
        Tenants = [.. entry.Users.Keys],
    };
}
