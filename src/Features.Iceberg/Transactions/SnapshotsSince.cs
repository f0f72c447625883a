using System.Globalization;
using System.Runtime.CompilerServices;
using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>What others committed since a table was read, and the refusals that may follow from it. Each kind of change is sought only in snapshots whose operation can hold it.</summary>
internal sealed class SnapshotsSince(TableMetadata metadata, IReadOnlyList<Snapshot> snapshots, long fromSequenceNumber, CommitContext context, SnapshotDraft draft)
{
    private static readonly HashSet<string> AddData = ["append", "overwrite"];
    private static readonly HashSet<string> RemoveData = ["overwrite", "replace", "delete"];
    private static readonly HashSet<string> RemoveDataButDeletes = ["overwrite", "replace"];
    private static readonly HashSet<string> AddDeletes = ["overwrite", "delete"];

    /// <summary>Refuses data files that were added in the scope.</summary>
    public async Task RefuseAddedDataAsync(ConflictScope scope, CancellationToken cancellationToken) =>
        await RefuseAnyAsync(AddData, isDeletes: false, ManifestEntryStatus.Added, scope, "added rows that it would have had to consider, in data file", cancellationToken).ConfigureAwait(false);

    /// <summary>Refuses data files that were removed in the scope.</summary>
    public async Task RefuseRemovedDataAsync(ConflictScope scope, CancellationToken cancellationToken) =>
        await RefuseAnyAsync(RemoveData, isDeletes: false, ManifestEntryStatus.Deleted, scope, "removed rows that it concerns, with data file", cancellationToken).ConfigureAwait(false);

    /// <summary>Refuses delete files that were added in the scope.</summary>
    public async Task RefuseAddedDeletesAsync(ConflictScope scope, CancellationToken cancellationToken)
    {
        await foreach (var (snapshot, entry) in AddedDeletesAsync(scope, cancellationToken).ConfigureAwait(false))
        {
            throw Conflict(snapshot, "deleted rows that it concerns, in delete file", entry.File.FilePath);
        }
    }

    /// <summary>Refuses delete files that apply to the given data files, which are about to be replaced by files that know nothing of them.</summary>
    public async Task RefuseDeletesOfAsync(IReadOnlyList<DataFile> files, ConflictScope scope, bool ignoreEqualityDeletes, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
        {
            return;
        }

        var by = new Dictionary<string, Snapshot>(StringComparer.Ordinal);
        var deletes = new List<PlannedDelete>();
        await foreach (var (snapshot, entry) in AddedDeletesAsync(scope, cancellationToken).ConfigureAwait(false))
        {
            var delete = entry.File;
            if (!(ignoreEqualityDeletes && delete.Content == FileContent.EqualityDeletes) && by.TryAdd(delete.FilePath, snapshot))
            {
                deletes.Add(new PlannedDelete(delete, delete.FilePath, entry.SequenceNumber!.Value) { Key = delete.Content == FileContent.EqualityDeletes ? EqualityKey.Of(delete, metadata) : null });
            }
        }

        var index = new DeleteIndex(deletes, id => metadata.PartitionSpecs.First(s => s.SpecId == id).Fields.All(f => f.Transform.Kind == TransformKind.Void));
        foreach (var file in files)
        {
            if (index.Of(file, fromSequenceNumber) is [var delete, ..])
            {
                throw Conflict(by[delete.File.FilePath], $"deleted rows of '{file.FilePath}', which this one replaces, in delete file", delete.File.FilePath);
            }
        }
    }

    /// <summary>Refuses the removal of any of the given data files; <paramref name="ignoreDeletes"/> lets pass what a delete removed, whose rows are gone as was wanted.</summary>
    public async Task RefuseRemovalOfAsync(IReadOnlyCollection<string> paths, bool ignoreDeletes, CancellationToken cancellationToken)
    {
        if (paths.Count == 0)
        {
            return;
        }

        var sought = paths.ToHashSet(StringComparer.Ordinal);
        await foreach (var (snapshot, entry) in EntriesAsync(ignoreDeletes ? RemoveDataButDeletes : RemoveData, isDeletes: false, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Status == ManifestEntryStatus.Deleted && entry.SnapshotId == snapshot.SnapshotId && sought.Contains(entry.File.FilePath))
            {
                throw Conflict(snapshot, "removed a data file that the new deletes refer to,", entry.File.FilePath);
            }
        }
    }

    private async Task RefuseAnyAsync(HashSet<string> operations, bool isDeletes, ManifestEntryStatus status, ConflictScope scope, string did, CancellationToken cancellationToken)
    {
        var test = new Test(scope, metadata);
        await foreach (var (snapshot, entry) in EntriesAsync(operations, isDeletes, cancellationToken, test).ConfigureAwait(false))
        {
            if (entry.Status == status && entry.SnapshotId == snapshot.SnapshotId && test.Concerns(entry.File))
            {
                throw Conflict(snapshot, did, entry.File.FilePath);
            }
        }
    }

    private async IAsyncEnumerable<(Snapshot Snapshot, ManifestEntry Entry)> AddedDeletesAsync(ConflictScope scope, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var test = new Test(scope, metadata);
        await foreach (var found in EntriesAsync(AddDeletes, isDeletes: true, cancellationToken, test).ConfigureAwait(false))
        {
            if (found.Entry.Status != ManifestEntryStatus.Deleted && found.Entry.SequenceNumber > fromSequenceNumber && test.Concerns(found.Entry.File))
            {
                yield return found;
            }
        }
    }

    /// <summary>The entries of the manifests that each snapshot wrote.</summary>
    private async IAsyncEnumerable<(Snapshot Snapshot, ManifestEntry Entry)> EntriesAsync(
        HashSet<string> operations, bool isDeletes, [EnumeratorCancellation] CancellationToken cancellationToken, Test? test = null)
    {
        foreach (var snapshot in snapshots.Where(s => s.Operation is null || operations.Contains(s.Operation)))
        {
            foreach (var manifest in await draft.ListAsync(snapshot, context, cancellationToken).ConfigureAwait(false))
            {
                if (manifest.IsDeletes != isDeletes || manifest.AddedSnapshotId != snapshot.SnapshotId || test?.Concerns(manifest) == false)
                {
                    continue;
                }

                await foreach (var entry in ManifestReader.ReadAsync(context.Storage, manifest, metadata, cancellationToken).ConfigureAwait(false))
                {
                    yield return (snapshot, entry);
                }
            }
        }
    }

    private CommitConflictException Conflict(Snapshot snapshot, string did, string path) => new(
        context.TableName, string.Create(CultureInfo.InvariantCulture, $"snapshot {snapshot.SnapshotId} ({snapshot.Operation ?? "of an unnamed operation"}) {did} '{path}'"));

    private sealed class Test(ConflictScope scope, TableMetadata metadata)
    {
        private readonly FileTest rows = new(BoundFilter.Bind(scope.Filter, metadata.CurrentSchema), metadata, metadata.CurrentSchema);

        public bool Concerns(ManifestFile manifest) =>
            rows.MightMatch(manifest) && (scope.Partitions is not { } partitions || PartitionSummaries.MayContainAny(manifest, metadata, partitions));

        public bool Concerns(DataFile file) =>
            (scope.Partitions is not { } partitions || partitions.Contains((file.SpecId, PartitionKey.Of(file.Partition))))
            && rows.MightMatch(file, metadata.PartitionSpecs.First(s => s.SpecId == file.SpecId));
    }
}
