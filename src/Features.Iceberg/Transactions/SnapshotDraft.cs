using System.Globalization;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>What a change came to: the snapshot's manifests, and the files that it removed.</summary>
/// <param name="Manifests">The manifests, new ones first.</param>
/// <param name="Removed">The removed files, data and deletes.</param>
/// <param name="Created">How many of the manifests are new.</param>
/// <param name="Replaced">How many of the parent's were rewritten or merged.</param>
internal sealed record SnapshotContent(IReadOnlyList<ManifestFile> Manifests, IReadOnlyList<DataFile> Removed, int Created, int Replaced);

/// <summary>A snapshot in the making, over all attempts of its transaction: the id stays, and so do the manifests that still fit.</summary>
internal sealed class SnapshotDraft(long snapshotId)
{
    // About 8 MiB of entries with statistics.
    private const int MostNewFilesAManifest = 20_000;

    private readonly Dictionary<string, ManifestFile> written = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FilteredManifest> filtered = new(StringComparer.Ordinal);
    private readonly Dictionary<(long SnapshotId, string? List), IReadOnlyList<ManifestFile>> lists = [];
    private int? filteredUnderSchema;
    private int files;

    /// <summary>The id of the snapshot to be.</summary>
    public long SnapshotId { get; } = snapshotId;

    /// <summary>Names the files of this commit.</summary>
    public Guid CommitId { get; } = Guid.NewGuid();

    public async Task<SnapshotContent> MakeAsync(TableMetadata metadata, Snapshot? parent, SnapshotChange change, CommitContext context, CancellationToken cancellationToken)
    {
        var standing = await ListAsync(parent, context, cancellationToken).ConfigureAwait(false);
        var kept = standing.Where(ManifestReads.HasLiveFiles).ToList();
        var removed = new List<DataFile>();
        if (change.Removes)
        {
            kept = await FilterAsync(metadata, kept, change, removed, context, cancellationToken).ConfigureAwait(false);
        }

        var manifests = new List<ManifestFile>();
        foreach (var isDeletes in new[] { false, true })
        {
            List<ManifestFile> ofContent =
            [
                .. await NewManifestsAsync(metadata, change, isDeletes, context, cancellationToken).ConfigureAwait(false),
                .. kept.Where(m => m.IsDeletes == isDeletes),
            ];
            manifests.AddRange(change.MergesManifests
                ? await new ManifestMerging(metadata, this, context).MergeAsync(ofContent, cancellationToken).ConfigureAwait(false)
                : ofContent);
        }

        foreach (var manifest in manifests)
        {
            context.Use(manifest.ManifestPath);
        }

        var paths = manifests.Select(m => m.ManifestPath).ToHashSet(StringComparer.Ordinal);
        return new SnapshotContent(
            manifests, removed, manifests.Count(m => m.AddedSnapshotId == SnapshotId), standing.Count(m => ManifestReads.HasLiveFiles(m) && !paths.Contains(m.ManifestPath)));
    }

    /// <summary>Writes a manifest, or takes the one that an earlier attempt wrote under the same key.</summary>
    public async Task<ManifestFile> WriteAsync(
        string key, TableMetadata metadata, int specId, Func<Task<IReadOnlyList<ManifestEntry>>> entries, CommitContext context, CancellationToken cancellationToken)
    {
        if (!written.TryGetValue(key, out var manifest))
        {
            var spec = metadata.PartitionSpecs.First(s => s.SpecId == specId);
            written[key] = manifest = await ManifestWriter.WriteAsync(
                context.Storage,
                context.NewDraftFile(string.Create(CultureInfo.InvariantCulture, $"{CommitId}-m{files++}.avro")),
                spec,
                metadata.CurrentSchema,
                metadata.PartitionType(spec),
                SnapshotId,
                await entries().ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        }

        return manifest;
    }

    /// <summary>Names a manifest together with the number that its new files inherit: that of an earlier action of this transaction changes with each attempt.</summary>
    public static string KeyOf(ManifestFile manifest) => string.Create(CultureInfo.InvariantCulture, $"{manifest.SequenceNumber} {manifest.ManifestPath}");

    /// <summary>The manifests of a snapshot, in order; none of a null one.</summary>
    public async Task<IReadOnlyList<ManifestFile>> ListAsync(Snapshot? snapshot, CommitContext context, CancellationToken cancellationToken)
    {
        if (snapshot is null)
        {
            return [];
        }

        // The snapshot of an earlier action of this transaction has the same id at each attempt, but never the same list.
        var key = (snapshot.SnapshotId, snapshot.ManifestList);
        if (!lists.TryGetValue(key, out var list))
        {
            lists[key] = list = await ManifestListReader.ReadAsync(context.Storage, snapshot, cancellationToken).ConfigureAwait(false);
        }

        return list;
    }

    private async Task<List<ManifestFile>> NewManifestsAsync(TableMetadata metadata, SnapshotChange change, bool isDeletes, CommitContext context, CancellationToken cancellationToken)
    {
        var manifests = new List<ManifestFile>();
        foreach (var group in change.Added.Where(f => f.Content != FileContent.Data == isDeletes).GroupBy(f => f.SpecId).OrderBy(g => g.Key))
        {
            foreach (var (part, i) in group.Chunk(MostNewFilesAManifest).Select((part, i) => (part, i)))
            {
                IReadOnlyList<ManifestEntry> entries = [.. part.Select(f => new ManifestEntry(ManifestEntryStatus.Added, SnapshotId, change.DataSequenceNumber, null, f))];
                manifests.Add(await WriteAsync(
                    string.Create(CultureInfo.InvariantCulture, $"added {isDeletes} {group.Key} {i}"), metadata, group.Key, () => Task.FromResult(entries), context, cancellationToken).ConfigureAwait(false));
            }
        }

        return manifests;
    }

    private async Task<List<ManifestFile>> FilterAsync(
        TableMetadata metadata, List<ManifestFile> manifests, SnapshotChange change, List<DataFile> removed, CommitContext context, CancellationToken cancellationToken)
    {
        if (filteredUnderSchema != metadata.CurrentSchemaId)
        {
            // A filter's columns may mean others than before.
            filtered.Clear();
            filteredUnderSchema = metadata.CurrentSchemaId;
        }

        var filter = new ManifestFiltering(metadata, this, change, context);
        var results = new List<ManifestFile>();
        foreach (var manifest in manifests.Where(m => !m.IsDeletes))
        {
            await AddAsync(manifest, 0).ConfigureAwait(false);
        }

        // Deletes older than all data, that which is being added too, have nothing left to apply to ("Scan Planning").
        var oldest = results.Select(m => m.MinSequenceNumber).Where(n => n != ManifestFile.UnassignedSequenceNumber)
            .Append(metadata.LastSequenceNumber).Append(change.DataSequenceNumber ?? long.MaxValue).Min();
        foreach (var manifest in manifests.Where(m => m.IsDeletes))
        {
            await AddAsync(manifest, oldest).ConfigureAwait(false);
        }

        RefuseMissing(change, removed, context.TableName);
        return results;

        async Task AddAsync(ManifestFile manifest, long olderThan)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{olderThan} {KeyOf(manifest)}");
            if (!filtered.TryGetValue(key, out var result))
            {
                filtered[key] = result = await filter.FilterAsync(manifest, olderThan, cancellationToken).ConfigureAwait(false);
            }

            results.Add(result.Manifest);
            removed.AddRange(result.Removed);
        }
    }

    private static void RefuseMissing(SnapshotChange change, List<DataFile> removed, string table)
    {
        var found = removed.Select(f => f.FilePath).ToHashSet(StringComparer.Ordinal);
        var missing = change.Removed.Select(f => f.FilePath).Concat(change.RemovedPaths).Where(p => !found.Contains(p) && !change.MayBeGone.Contains(p)).Distinct().ToList();
        if (missing.Count > 0)
        {
            throw new CommitConflictException(table, string.Create(
                CultureInfo.InvariantCulture, $"{missing.Count} of the files to remove are not in it (any more): {string.Join(", ", missing.Take(5).Select(p => $"'{p}'"))}"));
        }
    }
}
