using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;

namespace Features.Iceberg.Maintenance;

/// <summary>Data files that are rewritten together.</summary>
/// <param name="SpecId">The partition spec of <paramref name="Partition"/>: the table's default.</param>
/// <param name="Partition">The partition values that all of the files have; null for files of older specs, whose rows are partitioned anew.</param>
/// <param name="Tasks">The files, each with the deletes that apply to it.</param>
/// <param name="OutputFileBytes">The size that the new files are to have.</param>
public sealed record FileGroup(int SpecId, IReadOnlyList<object?>? Partition, IReadOnlyList<FileScanTask> Tasks, long OutputFileBytes)
{
    /// <summary>The files' bytes.</summary>
    public long Bytes => Tasks.Sum(t => t.File.FileSizeInBytes);

    /// <summary>The files' rows, deleted ones counted.</summary>
    public long Rows => Tasks.Sum(t => t.File.RecordCount);

    internal IEnumerable<DataFile> Files => Tasks.Select(t => t.File);
}
