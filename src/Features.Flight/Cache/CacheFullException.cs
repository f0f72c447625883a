namespace Features.Flight.Cache;

/// <summary>A data set does not fit beside those that are being read.</summary>
public sealed class CacheFullException : FlightException
{
    internal CacheFullException(string dataset, long needed, long budget, IReadOnlyList<string> held)
        : base(Describe(dataset, needed, budget, held), cause: null, isTransient: held.Count > 0) => Dataset = dataset;

    /// <summary>The data set that did not fit.</summary>
    public string Dataset { get; }

    private static string Describe(string dataset, long needed, long budget, IReadOnlyList<string> held) =>
        $"the data set '{dataset}' needs more than {needed} bytes and the cache's budget is {budget}; "
        + (held.Count > 0 ? $"in use: {string.Join(", ", held)}. Wait until their readers are done, or " : "")
        + "raise the memory budget of the flight service, or make the data set smaller (fewer columns or rows)";
}
