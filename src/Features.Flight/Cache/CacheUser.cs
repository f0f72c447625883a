namespace Features.Flight.Cache;

/// <summary>A tenant's use of one data set: it is charged for it until the use is dropped. Guarded by the cache's lock.</summary>
internal sealed class CacheUser(FlightTenant tenant)
{
    private readonly TaskCompletionSource refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The tenant, with the quota that it last came with.</summary>
    public FlightTenant Tenant { get; set; } = tenant;

    /// <summary>Streams that read, or wait for the load.</summary>
    public int Readers { get; set; }

    public long LastUsed { get; set; }

    /// <summary>Fails when the tenant's quota does not hold the load that it waits for.</summary>
    public Task Refused => refused.Task;

    public void Refuse(CacheFullException reason) => refused.TrySetException(reason);
}
