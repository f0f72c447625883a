namespace Features.Flight.Cache;

/// <summary>What holds a data set in memory besides its readers, as it stands at one moment.</summary>
/// <param name="Leases">Tickets, warmings and jobs that follow it, whose hold ends by itself.</param>
/// <param name="Pins">Tenants that keep it until they unpin it.</param>
/// <param name="LeasedUntil">When the last of the leases ends; null if there is none.</param>
public readonly record struct CacheHolds(int Leases, int Pins, DateTimeOffset? LeasedUntil);
