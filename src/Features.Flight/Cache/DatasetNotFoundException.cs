namespace Features.Flight.Cache;

/// <summary>A source has nothing of a name, and can say better than a list of all names what may have been meant.</summary>
public sealed class DatasetNotFoundException : FlightException
{
    /// <param name="dataset">The name.</param>
    /// <param name="message">What there is instead, and what to do.</param>
    /// <param name="cause">What the source met; null for nothing.</param>
    public DatasetNotFoundException(string dataset, string message, Exception? cause = null)
        : base(message, cause, isTransient: false) => Dataset = dataset;

    /// <summary>The name that was asked for.</summary>
    public string Dataset { get; }
}
