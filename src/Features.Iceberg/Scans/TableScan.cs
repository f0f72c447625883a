using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>A scan being described. Immutable; each call returns the next description.</summary>
public sealed record TableScan(Table Table)
{
    /// <summary>The snapshot to read; null for the current one.</summary>
    public long? SnapshotId { get; init; }

    /// <summary>The columns to read, in order; null for all.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Which rows are wanted; prunes manifests and files, and is handed on as each file's residual.</summary>
    public Filter Filter { get; init; } = Filter.True;

    /// <summary>Plans the scan: which files, with which schema. A snapshot other than the current one is read with the schema it was made with ("Time travel" of the specification).</summary>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    /// <exception cref="InvalidTableArgumentException">A column does not exist.</exception>
    /// <exception cref="UnsupportedFeatureException">The table has delete files, or encrypted manifests.</exception>
    public Task<ScanPlan> PlanAsync(CancellationToken cancellationToken) => throw new System.Diagnostics.UnreachableException($"{Table}{cancellationToken}");
}
