using Apache.Arrow;
using Features.Flight.Protocol;

namespace Features.Flight.Cache;

/// <summary>A pinned data set: what will be loaded is a pure function of this.</summary>
/// <param name="Name">The name that requests use.</param>
/// <param name="Digest">The digest of its content before any filter: an equal, restored data set has the same.</param>
/// <param name="Rows">Its number of rows, the filter applied; a load that gives another is refused.</param>
/// <param name="Schema">The columns in order, with the metadata of the schema and of its fields, as readers shall see them.</param>
public sealed record DatasetPlan(string Name, string Digest, long Rows, Schema Schema)
{
    /// <summary>The hash of the policy outcome (masks, row filters) that its rows have passed; null if nothing is changed.</summary>
    public string? Outcome { get; init; }

    /// <summary>The version of the table, pinned to a snapshot; null for a training set.</summary>
    public TableSelection? Table { get; init; }

    /// <summary>The rows' filter in its canonical text; null for all rows.</summary>
    public string? Filter { get; init; }

    /// <summary>The columns that the filter reads, whether or not they are served; a reader must be allowed to see them too. Empty without a filter.</summary>
    public IReadOnlyList<string> FilterColumns { get; init; } = [];

    /// <summary>What columns are for; those that are not named are <see cref="ColumnRole.Other"/>.</summary>
    public IReadOnlyDictionary<string, ColumnRole> Roles { get; init; } = new Dictionary<string, ColumnRole>();
}
