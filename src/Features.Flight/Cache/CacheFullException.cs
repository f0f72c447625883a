using System.Globalization;

namespace Features.Flight.Cache;

/// <summary>A data set does not fit beside what is held, or into a tenant's quota. Nothing of it is kept.</summary>
public sealed class CacheFullException : FlightException
{
    private CacheFullException(string dataset, string message, bool isTransient, Exception? cause = null)
        : base(message, cause, isTransient) => Dataset = dataset;

    /// <summary>The data set that did not fit.</summary>
    public string Dataset { get; }

    internal static CacheFullException OfBudget(string dataset, long needed, ByteBudget memory, ByteBudget? spill, IReadOnlyList<string> held) => new(
        dataset,
        Text($"the data set '{dataset}' needs at least {needed} bytes and the cache's budget is {memory.Limit}")
        + (spill is null ? "" : Text($", with {spill.Limit} of spill"))
        + (held.Count > 0 ? $"; held: {string.Join(", ", held)}. Wait until they are released, or release them (features cache list shows who holds what; a lease ends with its job, or by CancelFlightInfo, and a pin by features cache unpin NAME), " : "; ")
        + "raise the memory budget of the flight service (flight.cache_mb), " + (spill is null ? "give it a spill folder (flight.spill), " : "raise its spill budget (flight.spill.budget_mb), ")
        + "or make the data set smaller (fewer columns or rows)",
        isTransient: held.Count > 0);

    internal static CacheFullException OfQuota(string dataset, long needed, FlightTenant tenant, long charged, IReadOnlyList<string> held) => new(
        dataset,
        Text($"the data set '{dataset}' needs at least {needed} bytes more, and the tenant '{tenant.Name}' is charged {charged} of its quota of {tenant.QuotaBytes}")
        + (held.Count > 0 ? $"; it holds: {string.Join(", ", held)}. Release one of them, or " : "; ")
        + "raise the tenant's quota, or make the data set smaller (fewer columns or rows)",
        isTransient: held.Count > 0);

    internal static CacheFullException OfFolder(string dataset, string folder, IOException cause) => new(
        dataset,
        $"the data set '{dataset}' does not fit into memory, and the spill folder '{folder}' does not take it: {cause.Message}. Free space there, or raise the memory budget of the flight service",
        isTransient: true,
        cause);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
