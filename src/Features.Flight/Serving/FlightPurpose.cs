namespace Features.Flight.Serving;

/// <summary>What a caller wants with a data set.</summary>
public enum FlightPurpose
{
    /// <summary>To see that it exists.</summary>
    List,

    /// <summary>To see its schema and plan a read: GetFlightInfo, PollFlightInfo, GetSchema.</summary>
    Plan,

    /// <summary>To read its rows: DoGet.</summary>
    Read,

    /// <summary>To load it ahead of its readers.</summary>
    Warm,

    /// <summary>To keep it in memory until it is unpinned.</summary>
    Pin,

    /// <summary>To drop it from memory.</summary>
    Evict,

    /// <summary>To add rows to a table: DoPut. The question's data set is the table.</summary>
    Put,
}
