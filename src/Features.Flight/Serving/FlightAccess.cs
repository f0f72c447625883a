namespace Features.Flight.Serving;

/// <summary>A question to the policy.</summary>
/// <param name="Purpose">What the caller wants.</param>
/// <param name="Subject">Who asks: the authenticated name, or <c>local</c>.</param>
/// <param name="Dataset">The name of the data set or the table.</param>
/// <param name="Columns">The columns that the caller would see, and those that its filter reads; empty if there is no such data set.</param>
public sealed record FlightAccess(FlightPurpose Purpose, string Subject, string Dataset, IReadOnlyList<string> Columns)
{
    /// <summary>The caller's tenant; null if it has none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The caller's roles.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The snapshot, if the data set is a table; null for a training set.</summary>
    public long? Snapshot { get; init; }

    /// <summary>The id of the ticket that is redeemed; null for every purpose but <see cref="FlightPurpose.Read"/>.</summary>
    public string? TicketId { get; init; }

    /// <summary>The caller's network address; null if it has none.</summary>
    public string? Client { get; init; }
}
