using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;

namespace Features.Iceberg.Transactions;

/// <summary>What a snapshot does to the files of the one before.</summary>
internal sealed record SnapshotChange
{
    /// <summary><c>append</c>, <c>overwrite</c>, <c>delete</c> or <c>replace</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>New files, data and deletes.</summary>
    public IReadOnlyList<DataFile> Added { get; init; } = [];

    /// <summary>The data sequence number of the new files; null gives them the snapshot's.</summary>
    public long? DataSequenceNumber { get; init; }

    /// <summary>Live files to remove, data and deletes, each of which must be there, but for <see cref="MayBeGone"/>.</summary>
    public IReadOnlyList<DataFile> Removed { get; init; } = [];

    /// <summary>Paths of those removed files that another writer may have removed before, to the same end.</summary>
    public IReadOnlySet<string> MayBeGone { get; init; } = new HashSet<string>();

    /// <summary>Live files to remove of which only the path is known; each must be there.</summary>
    public IReadOnlyList<string> RemovedPaths { get; init; } = [];

    /// <summary>Partitions whose files, data and deletes, are all removed.</summary>
    public IReadOnlySet<(int SpecId, PartitionKey Partition)> RemovedPartitions { get; init; } = new HashSet<(int, PartitionKey)>();

    /// <summary>Files of which every row matches are removed; null for none.</summary>
    public Filter? RemovedRows { get; init; }

    /// <summary>Whether small manifests are merged, where the table does not forbid it.</summary>
    public bool MergesManifests { get; init; } = true;

    /// <summary>Whether anything but additions takes place, so that manifests must be read.</summary>
    public bool Removes => Removed.Count > 0 || RemovedPaths.Count > 0 || RemovedPartitions.Count > 0 || RemovedRows is not null;
}
