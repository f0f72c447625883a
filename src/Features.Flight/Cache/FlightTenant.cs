namespace Features.Flight.Cache;

/// <summary>
/// For whom the cache keeps data. A data set that tenants share is loaded once, and charged whole to each tenant that uses it: one that has a
/// reader or a lease on it, or whose reader was the last cause to keep it. So what a tenant is charged depends on itself alone, and does not
/// jump when another one leaves.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="QuotaBytes">Bytes, in memory and spilled, that it may be charged; null for no limit but the cache's own.</param>
public sealed record FlightTenant(string Name, long? QuotaBytes = null)
{
    /// <summary>Whoever asks where there are no tenants: <c>local</c>, without a quota.</summary>
    public static FlightTenant Local { get; } = new("local");
}
