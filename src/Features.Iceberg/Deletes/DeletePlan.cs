using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Deletes;

/// <summary>The deletes of a snapshot that a scan may need.</summary>
internal sealed record DeletePlan(DeleteIndex Index, IReadOnlySet<int> KeyIds, int ManifestsRead, int ManifestsSkipped, int Files, int FilesSkipped)
{
    /// <summary>Reads the delete manifests, those that the filter's partitions leave.</summary>
    /// <exception cref="UnsupportedFeatureException">A delete file is encrypted.</exception>
    public static async Task<DeletePlan> ReadAsync(Table table, IReadOnlyList<ManifestFile> manifests, FileTest test, CancellationToken cancellationToken)
    {
        // A delete applies to files of its own partition, so where those are out of the question it is too.
        var read = manifests.Where(m => ManifestReads.HasLiveFiles(m) && test.MightMatch(m)).ToList();
        var files = await ManifestReads.AllAsync(read, (m, token) => ReadAsync(table, m, test, token), cancellationToken).ConfigureAwait(false);
        var deletes = new List<PlannedDelete>();
        var keys = new Dictionary<string, Schema>();
        foreach (var delete in files.SelectMany(f => f.Deletes))
        {
            if (delete.File.Content != FileContent.EqualityDeletes)
            {
                deletes.Add(delete);
                continue;
            }

            var ids = string.Join(',', delete.File.EqualityIds ?? []);
            if (!keys.TryGetValue(ids, out var key))
            {
                keys.Add(ids, key = EqualityKey.Of(delete.File, table.Metadata));
            }

            deletes.Add(delete with { Key = key });
        }

        var specs = table.Metadata.PartitionSpecs.ToDictionary(s => s.SpecId);
        return new DeletePlan(
            new DeleteIndex(deletes, id => specs[id].Fields.All(f => f.Transform.Kind == TransformKind.Void)),
            keys.Values.SelectMany(k => k.AllFields()).Select(f => f.Id).ToHashSet(),
            read.Count,
            manifests.Count - read.Count,
            deletes.Count,
            files.Sum(f => f.Skipped));
    }

    private static async Task<(List<PlannedDelete> Deletes, int Skipped)> ReadAsync(Table table, ManifestFile manifest, FileTest test, CancellationToken cancellationToken)
    {
        var deletes = new List<PlannedDelete>();
        var skipped = 0;
        await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
        {
            var file = entry.File;
            if (entry.Status == ManifestEntryStatus.Deleted)
            {
                continue;
            }

            if (!test.PartitionMightMatch(file))
            {
                skipped++;
                continue;
            }

            if (file.KeyMetadata is not null)
            {
                throw new UnsupportedFeatureException("encryption", file.FilePath, $"read table '{table.Name}' with an engine that holds its keys");
            }

            deletes.Add(new PlannedDelete(file, RelocatedObjectStore.LocationOf(table.Storage, file.FilePath), entry.SequenceNumber ?? 0));
        }

        return (deletes, skipped);
    }
}
