namespace Features.Flight.Protocol;

/// <summary>Which version of a table is asked for; at most one member is set, and none for the table's current snapshot.</summary>
public sealed record TableSelection
{
    /// <summary>A snapshot's id; null for none.</summary>
    public long? Snapshot { get; init; }

    /// <summary>A branch or a tag; null for none.</summary>
    public string? Ref { get; init; }

    /// <summary>The moment whose current snapshot is wanted; null for none.</summary>
    public DateTimeOffset? AsOf { get; init; }
}
