namespace Features.Flight.Cache;

/// <summary>A source has nothing of a name, and can say better than a list of all names what may have been meant.</summary>
public sealed class DatasetNotFoundException : FlightException
{
    /// <param name="dataset">The name.</param>
    /// <param name="message">What is not there. Other names do not belong into it, since the caller may not know of them: see <see cref="Near"/>.</param>
    /// <param name="cause">What the source met; null for nothing.</param>
    public DatasetNotFoundException(string dataset, string message, Exception? cause = null)
        : base(message, cause, isTransient: false) => Dataset = dataset;

    /// <summary>The name that was asked for.</summary>
    public string Dataset { get; }

    /// <summary>Names that may have been meant, the nearest first. The caller is told those that the policy lets it see.</summary>
    public IReadOnlyList<string> Near { get; init; } = [];
}
