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

    /// <summary>What is read and what was skipped, and why.</summary>
    public required ScanReport Report { get; init; }
}

/// <summary>One data file to read. Also made for a delete file, whose rows are read by the same port.</summary>
/// <param name="File">The data file as its manifest describes it; its path is its identity, which position deletes name.</param>
/// <param name="Location">Where the file is read: its path, relocated.</param>
/// <param name="Spec">The partition spec of the file.</param>
/// <param name="Schema">The whole table schema that the projection was taken from.</param>
/// <param name="Residual">What pruning could not decide; <see cref="Filter.True"/> when all rows match.</param>
/// <param name="NameMapping">The table's name mapping (property <c>schema.name-mapping.default</c>) as JSON, for files without field ids; null for none.</param>
/// <param name="DataSequenceNumber">The file's data sequence number; 0 in v1.</param>
/// <param name="Deletes">The delete files that apply to it, in the order of their sequence numbers.</param>
public sealed record FileScanTask(
    DataFile File, string Location, PartitionSpec Spec, Schema Schema, Filter Residual, string? NameMapping, long DataSequenceNumber, IReadOnlyList<PlannedDelete> Deletes);

/// <summary>A delete file that applies to a data file: as its manifest describes it, where it is read, and its data sequence number.</summary>
public sealed record PlannedDelete(DataFile File, string Location, long DataSequenceNumber)
{
    /// <summary>
    /// For an equality delete the columns that it compares, by ascending field id, under the newest names and with the newest types that any schema of the table gives them; a column within a struct stands in that
    /// struct, left with nothing else. Null for position deletes.
    /// </summary>
    public Schema? Key { get; init; }
}
