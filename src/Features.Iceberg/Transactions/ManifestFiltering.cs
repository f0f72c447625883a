using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>A manifest after a change: itself, or the one that stands in its place with the removed files marked.</summary>
internal sealed record FilteredManifest(ManifestFile Manifest, IReadOnlyList<DataFile> Removed);

/// <summary>Marks the files that a change removes. A manifest that holds none of them is kept as it is, unread where its summary tells.</summary>
internal sealed class ManifestFiltering
{
    private readonly TableMetadata metadata;
    private readonly SnapshotDraft draft;
    private readonly SnapshotChange change;
    private readonly CommitContext context;
    private readonly HashSet<string> paths;
    private readonly HashSet<(int SpecId, PartitionKey Partition)> partitionsOfData;
    private readonly HashSet<(int SpecId, PartitionKey Partition)> partitionsOfDeletes;
    private readonly FileTest rows;

    public ManifestFiltering(TableMetadata metadata, SnapshotDraft draft, SnapshotChange change, CommitContext context)
    {
        this.metadata = metadata;
        this.draft = draft;
        this.change = change;
        this.context = context;
        paths = [.. change.Removed.Select(f => f.FilePath), .. change.RemovedPaths];
        partitionsOfData = AddedFiles.Partitions(change.Removed.Where(f => f.Content == FileContent.Data));
        partitionsOfDeletes = AddedFiles.Partitions(change.Removed.Where(f => f.Content != FileContent.Data));
        rows = new FileTest(BoundFilter.Bind(change.RemovedRows ?? Filter.True, metadata.CurrentSchema), metadata, metadata.CurrentSchema);
    }

    /// <summary>Filters one manifest; delete files with a data sequence number below <paramref name="olderThan"/> go too.</summary>
    /// <exception cref="InvalidTableArgumentException">A data file holds rows to remove beside others.</exception>
    public async Task<FilteredManifest> FilterAsync(ManifestFile manifest, long olderThan, CancellationToken cancellationToken)
    {
        if (!MayHoldRemoved(manifest, olderThan))
        {
            return new FilteredManifest(manifest, []);
        }

        var entries = new List<ManifestEntry>();
        var removed = new List<DataFile>();
        await foreach (var entry in ManifestReader.ReadAsync(context.Storage, manifest, metadata, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Status == ManifestEntryStatus.Deleted)
            {
                continue;
            }

            var goes = Removes(entry, olderThan);
            entries.Add(goes
                ? entry with { Status = ManifestEntryStatus.Deleted, SnapshotId = draft.SnapshotId }
                : entry with { Status = ManifestEntryStatus.Existing });
            if (goes)
            {
                removed.Add(entry.File);
            }
        }

        return removed.Count == 0
            ? new FilteredManifest(manifest, [])
            : new FilteredManifest(
                await draft.WriteAsync(
                    $"filtered {metadata.CurrentSchemaId} {olderThan} {SnapshotDraft.KeyOf(manifest)}",
                    metadata,
                    manifest.PartitionSpecId,
                    () => Task.FromResult<IReadOnlyList<ManifestEntry>>(entries),
                    context,
                    cancellationToken).ConfigureAwait(false),
                removed);
    }

    private bool MayHoldRemoved(ManifestFile manifest, long olderThan) =>
        (change.RemovedPaths.Count > 0 && !manifest.IsDeletes)
        || (manifest.IsDeletes && manifest.MinSequenceNumber < olderThan)
        || (change.RemovedRows is not null && rows.MightMatch(manifest))
        || PartitionSummaries.MayContainAny(manifest, metadata, change.RemovedPartitions)
        || PartitionSummaries.MayContainAny(manifest, metadata, manifest.IsDeletes ? partitionsOfDeletes : partitionsOfData);

    private bool Removes(ManifestEntry entry, long olderThan)
    {
        var file = entry.File;
        if (paths.Contains(file.FilePath)
            || (file.Content != FileContent.Data && entry.SequenceNumber < olderThan)
            || (change.RemovedPartitions.Count > 0 && change.RemovedPartitions.Contains((file.SpecId, PartitionKey.Of(file.Partition)))))
        {
            return true;
        }

        var spec = metadata.PartitionSpecs.First(s => s.SpecId == file.SpecId);
        if (change.RemovedRows is null || !rows.MightMatch(file, spec))
        {
            return false;
        }

        var all = rows.Residual(file, spec) == Filter.True;
        return all || file.Content != FileContent.Data
            ? all
            : throw new InvalidTableArgumentException(
                $"'{file.FilePath}' of table '{context.TableName}' may hold rows that match the filter beside others that do not, so it cannot be removed whole; rewrite it without the rows and replace it");
    }
}
