using Apache.Arrow;

namespace Features.Flight.Cache;

/// <summary>A pinned data set: what will be loaded is a pure function of this.</summary>
/// <param name="Name">The name that requests use.</param>
/// <param name="Digest">The digest of its content: an equal, restored data set has the same.</param>
/// <param name="Rows">Its number of rows; a load that gives another is refused.</param>
/// <param name="Schema">The columns in order, with the metadata of the schema and of its fields, as readers shall see them.</param>
public sealed record DatasetPlan(string Name, string Digest, long Rows, Schema Schema)
{
    /// <summary>The hash of the policy outcome (masks, row filters) that its rows have passed; null if nothing is changed.</summary>
    public string? Outcome { get; init; }
}
