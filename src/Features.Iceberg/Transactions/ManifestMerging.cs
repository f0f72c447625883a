using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>
/// Packs small manifests of one spec and content into larger ones. Bins are filled from the oldest manifest on, so that only the bin of the newest is left part-full; that one waits until it has
/// <c>commit.manifest.min-count-to-merge</c> manifests, and so most commits rewrite none.
/// </summary>
internal sealed class ManifestMerging(TableMetadata metadata, SnapshotDraft draft, CommitContext context)
{
    private readonly bool isEnabled = !string.Equals(metadata.Properties.GetValueOrDefault("commit.manifest-merge.enabled"), "false", StringComparison.OrdinalIgnoreCase);
    private readonly long minCount = PropertyNumber.Of(metadata, "commit.manifest.min-count-to-merge", 100);
    private readonly long targetBytes = PropertyNumber.Of(metadata, "commit.manifest.target-size-bytes", 8 * 1024 * 1024);

    /// <summary>Merges manifests of one content, given newest first.</summary>
    public async Task<IReadOnlyList<ManifestFile>> MergeAsync(List<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        if (!isEnabled || manifests.Count < 2)
        {
            return manifests;
        }

        var first = manifests[0];
        var merged = new List<ManifestFile>();
        foreach (var ofSpec in manifests.GroupBy(m => m.PartitionSpecId).OrderByDescending(g => g.Key))
        {
            foreach (var bin in Bins([.. ofSpec]))
            {
                if (bin.Count == 1 || (bin.Contains(first) && bin.Count < minCount))
                {
                    merged.AddRange(bin);
                }
                else
                {
                    merged.Add(await MergeBinAsync(bin, cancellationToken).ConfigureAwait(false));
                }
            }
        }

        return merged;
    }

    private List<List<ManifestFile>> Bins(List<ManifestFile> manifests)
    {
        var bins = new List<List<ManifestFile>>();
        var bytes = 0L;
        foreach (var manifest in Enumerable.Reverse(manifests))
        {
            if (bins.Count == 0 || bytes + manifest.ManifestLength > targetBytes)
            {
                bins.Insert(0, []);
                bytes = 0;
            }

            bins[0].Insert(0, manifest);
            bytes += manifest.ManifestLength;
        }

        return bins;
    }

    private Task<ManifestFile> MergeBinAsync(List<ManifestFile> bin, CancellationToken cancellationToken) => draft.WriteAsync(
        $"merged {string.Join(' ', bin.Select(SnapshotDraft.KeyOf))}",
        metadata,
        bin[0].PartitionSpecId,
        () => EntriesAsync(bin, cancellationToken),
        context,
        cancellationToken);

    private async Task<IReadOnlyList<ManifestEntry>> EntriesAsync(List<ManifestFile> bin, CancellationToken cancellationToken)
    {
        var entries = new List<ManifestEntry>();
        foreach (var manifest in bin)
        {
            await foreach (var entry in ManifestReader.ReadAsync(context.Storage, manifest, metadata, cancellationToken).ConfigureAwait(false))
            {
                var isOurs = entry.SnapshotId == draft.SnapshotId;
                if (isOurs && entry.Status == ManifestEntryStatus.Added)
                {
                    entries.Add(entry with { SequenceNumber = entry.SequenceNumber == ManifestFile.UnassignedSequenceNumber ? null : entry.SequenceNumber });
                }
                else if (entry.Status != ManifestEntryStatus.Deleted)
                {
                    entries.Add(entry with { Status = ManifestEntryStatus.Existing });
                }
                else if (isOurs)
                {
                    entries.Add(entry);
                }
            }
        }

        return entries;
    }
}
