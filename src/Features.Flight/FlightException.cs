namespace Features.Flight;

/// <summary>A fault of the data service that names what failed and what to do.</summary>
public abstract class FlightException : Exception
{
    private protected FlightException(string message, Exception? cause, bool isTransient)
        : base(message, cause) => IsTransient = isTransient;

    /// <summary>True if the same call may succeed later, with nothing changed by the caller.</summary>
    public bool IsTransient { get; }
}
