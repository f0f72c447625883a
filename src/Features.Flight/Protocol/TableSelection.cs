namespace Features.Flight.Protocol;

/// <summary>Which version of a table is asked for; at most one of snapshot, ref and moment is set, and none for the table as it is now.</summary>
public sealed record TableSelection
{
    /// <summary>A snapshot's id; null for none.</summary>
    public long? Snapshot { get; init; }

    /// <summary>A branch or a tag; null for none.</summary>
    public string? Ref { get; init; }

    /// <summary>The moment whose current snapshot is wanted; null for none.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The version of the columns, which a source sets when it pins a plan; no request says it. Null for the one that goes with what is named above.</summary>
    public int? SchemaId { get; init; }
}
