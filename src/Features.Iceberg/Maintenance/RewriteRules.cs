using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Maintenance;

/// <summary>Which data files are worth a rewrite, and with which others. Pure functions of the plan of a table.</summary>
internal sealed record RewriteRules
{
    // A last file that would be a little too large is better than one that is far too small.
    private const double MostOverTarget = 1.1;

    public required long TargetBytes { get; init; }

    public required long MinBytes { get; init; }

    public required long MaxBytes { get; init; }

    public required int MinInputFiles { get; init; }

    public required long MaxGroupBytes { get; init; }

    public required int? DeleteFileThreshold { get; init; }

    public required double DeleteRatioThreshold { get; init; }

    public required bool All { get; init; }

    /// <summary>The order that files are to have; null for none.</summary>
    public required SortOrder? Order { get; init; }

    public required int SpecId { get; init; }

    /// <summary>The groups, in the order of their first files.</summary>
    public IReadOnlyList<FileGroup> Group(IEnumerable<FileScanTask> tasks)
    {
        var groups = new List<FileGroup>();
        foreach (var partition in tasks.Where(IsCandidate).GroupBy(t => t.File.SpecId == SpecId ? PartitionKey.Of(t.File.Partition) : null, NullableComparer.Instance))
        {
            groups.AddRange(Packed(partition).Where(IsWorthwhile).Select(files => new FileGroup(SpecId, partition.Key?.Values, files, OutputBytes(files.Sum(t => t.File.FileSizeInBytes)))));
        }

        return groups;
    }

    /// <summary>How large each new file is to be, so that none is left over that is too small.</summary>
    public long OutputBytes(long bytes)
    {
        if (bytes <= TargetBytes)
        {
            return TargetBytes;
        }

        var (whole, rest) = Math.DivRem(bytes, TargetBytes);
        var fitsInOthers = rest > 0 && rest < MinBytes && bytes / whole <= Math.Min(MaxBytes, TargetBytes * MostOverTarget);
        var files = rest == 0 || fitsInOthers ? whole : whole + 1;
        return (bytes + files - 1) / files;
    }

    private bool IsCandidate(FileScanTask task) => task.File.FileSizeInBytes < MinBytes || task.File.FileSizeInBytes > MaxBytes || IsUrgent(task);

    // Whatever its size, and alone too.
    private bool IsUrgent(FileScanTask task) =>
        All || task.File.SpecId != SpecId || task.Deletes.Count >= (DeleteFileThreshold ?? int.MaxValue) || DeletedShare(task) >= DeleteRatioThreshold
        || (Order is { OrderId: > 0 } order && task.File.SortOrderId != order.OrderId);

    private bool IsWorthwhile(IReadOnlyList<FileScanTask> files)
    {
        var bytes = files.Sum(t => t.File.FileSizeInBytes);
        return (files.Count > 1 && (files.Count >= MinInputFiles || bytes > TargetBytes)) || bytes > MaxBytes || files.Any(IsUrgent);
    }

    private IEnumerable<IReadOnlyList<FileScanTask>> Packed(IEnumerable<FileScanTask> tasks)
    {
        var (group, bytes) = (new List<FileScanTask>(), 0L);
        foreach (var task in tasks)
        {
            if (group.Count > 0 && bytes + task.File.FileSizeInBytes > MaxGroupBytes)
            {
                yield return group;
                (group, bytes) = ([], 0);
            }

            group.Add(task);
            bytes += task.File.FileSizeInBytes;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    // Only deletes of this file alone can be counted without reading them.
    private static double DeletedShare(FileScanTask task) => task.File.RecordCount == 0 ? 0
        : task.Deletes.Where(d => d.File.Content == FileContent.PositionDeletes && DeleteIndex.OnlyDataFile(d.File) is not null).Sum(d => d.File.RecordCount) / (double)task.File.RecordCount;

    private sealed class NullableComparer : IEqualityComparer<PartitionKey?>
    {
        public static NullableComparer Instance { get; } = new();

        public bool Equals(PartitionKey? x, PartitionKey? y) => x is null ? y is null : x.Equals(y);

        public int GetHashCode(PartitionKey? obj) => obj?.GetHashCode() ?? 0;
    }
}
