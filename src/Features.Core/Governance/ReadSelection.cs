using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Core.Governance;

/// <summary>Which state and which columns of a table are wanted. At most one of <see cref="SnapshotId"/>, <see cref="Ref"/> and <see cref="AsOf"/>; none is the current snapshot.</summary>
public sealed record ReadSelection
{
    /// <summary>The current snapshot, all columns, all rows.</summary>
    public static ReadSelection Current { get; } = new();

    /// <summary>A snapshot by id; null for none named.</summary>
    public long? SnapshotId { get; init; }

    /// <summary>A branch or tag; null for none named.</summary>
    public string? Ref { get; init; }

    /// <summary>The snapshot that was current at this time; null for none named.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>Only the rows that appends added after this snapshot, which must be an ancestor of the chosen state; null for all rows.</summary>
    public long? FromSnapshotId { get; init; }

    /// <summary>The columns, in order; null for all.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Which rows are wanted: prunes files. Rows of the files that stay are filtered by whoever reads them.</summary>
    public Filter Filter { get; init; } = Filter.True;

    /// <summary>The filter for the schema that the chosen state has, where that is not known beforehand; null for <see cref="Filter"/>.</summary>
    public Func<Schema, Filter>? FilterOf { get; init; }

    /// <summary>The schema to read the state with; null for its own.</summary>
    public int? SchemaId { get; init; }

    /// <summary>True if the files of the plan keep the metrics of their columns.</summary>
    public bool KeepsMetrics { get; init; }
}
