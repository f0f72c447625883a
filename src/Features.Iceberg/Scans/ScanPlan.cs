using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>What to read to see one snapshot through a projection and a filter. Pinned: it reads the same for ever.</summary>
public sealed record ScanPlan
{
    /// <summary>The table's name as the reader gave it (identifier or location).</summary>
    public required string TableName { get; init; }

    /// <summary>The table's identity; null only for v1 tables without one.</summary>
    public required Guid? TableUuid { get; init; }

    /// <summary>The snapshot read; null for a table that has none, which reads as empty.</summary>
    public required Snapshot? Snapshot { get; init; }

    /// <summary>The columns asked for, in order.</summary>
    public required Schema Projection { get; init; }

    /// <summary>The files to read, in a stable order (sequence number, then path).</summary>
    public required IReadOnlyList<FileScanTask> Tasks { get; init; }

    /// <summary>What pruning spared.</summary>
    public required ScanReport Report { get; init; }
}

/// <summary>One data file to read. <paramref name="Schema"/> is the table schema at planning, <paramref name="Spec"/> the file's own partition spec; <paramref name="Residual"/> is the part of the filter that its rows must still be tested for.</summary>
/// <param name="File">The data file, with its location already relocated.</param>
/// <param name="Spec">The partition spec of the file.</param>
/// <param name="Schema">The whole table schema that the projection was taken from.</param>
/// <param name="Residual">What pruning could not decide; <see cref="Filter.True"/> when all rows match.</param>
/// <param name="NameMapping">The table's name mapping (property <c>schema.name-mapping.default</c>) as JSON, for files without field ids; null for none.</param>
/// <param name="Deletes">Delete files that apply to it. A table that has some is refused for now, so the list is empty.</param>
public sealed record FileScanTask(DataFile File, PartitionSpec Spec, Schema Schema, Filter Residual, string? NameMapping, IReadOnlyList<DataFile> Deletes);

/// <summary>Counts of what was read and what pruning skipped.</summary>
public sealed record ScanReport(int ManifestsRead, int ManifestsSkipped, int FilesPlanned, int FilesSkipped, long RowsPlanned, long BytesPlanned);
