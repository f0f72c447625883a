namespace Features.Flight.Cache;

/// <summary>A data set could not be loaded whole; nothing of it is served. The next request tries again.</summary>
public sealed class DatasetLoadException : FlightException
{
    internal DatasetLoadException(string dataset, string reason, Exception? cause)
        : base($"the data set '{dataset}' could not be loaded: {reason}", cause, isTransient: cause is IOException or TimeoutException or FlightException { IsTransient: true }) =>
        Dataset = dataset;

    /// <summary>The data set's name.</summary>
    public string Dataset { get; }
}
