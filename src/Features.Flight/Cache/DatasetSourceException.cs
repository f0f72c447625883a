namespace Features.Flight.Cache;

/// <summary>A source cannot read a data set, and says so in words that the caller may see.</summary>
/// <param name="fault">The kind of fault.</param>
/// <param name="message">What, which, and what to do.</param>
/// <param name="cause">What the source met; null for nothing.</param>
public sealed class DatasetSourceException(SourceFault fault, string message, Exception? cause = null) : FlightException(message, cause, fault == SourceFault.Unreachable)
{
    /// <summary>The kind of fault.</summary>
    public SourceFault Fault { get; } = fault;
}
