using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Replaces files by others that hold the same rows (operation <c>replace</c>): compaction, sorting, or the rewriting of delete files.</summary>
public sealed class RewriteFiles : SnapshotAction
{
    /// <summary>Data files to replace, as the table lists them; one that is not there any more is a conflict.</summary>
    public IReadOnlyList<DataFile> Removed { get; init; } = [];

    /// <summary>Data files that take their place.</summary>
    public IReadOnlyList<DataFile> Added { get; init; } = [];

    /// <summary>Delete files to remove: replaced, or applied to the rows of <see cref="Added"/>.</summary>
    public IReadOnlyList<DataFile> RemovedDeletes { get; init; } = [];

    /// <summary>Delete files that take their place.</summary>
    public IReadOnlyList<DataFile> AddedDeletes { get; init; } = [];

    /// <summary>The snapshot that the files were read at: row-level deletes of replaced files that came later are a conflict.</summary>
    public required long FromSnapshotId { get; init; }

    /// <summary>
    /// The data sequence number of the added files, so that equality deletes which others commit meanwhile still apply to their rows; commonly that of the snapshot
    /// <see cref="FromSnapshotId"/>. Null gives them the new snapshot's, and then such equality deletes are a conflict.
    /// </summary>
    public long? DataSequenceNumber { get; init; }

    internal override SnapshotChange Plan(TableMetadata metadata, string table)
    {
        AddedFiles.Check(metadata, table, Added, AddedDeletes);
        var fault = (Removed.Count, RemovedDeletes.Count) switch
        {
            (0, 0) => "it removes nothing",
            (0, _) when Added.Count > 0 => "it adds data files but replaces none",
            (_, 0) when AddedDeletes.Count > 0 => "it adds delete files but replaces none",
            _ when DataSequenceNumber is null && AddedDeletes.Any(f => f.Content == FileContent.EqualityDeletes) => "it rewrites equality deletes without their data sequence number, and they would delete rows that came after them",
            _ when DataSequenceNumber > metadata.LastSequenceNumber => $"its data sequence number {DataSequenceNumber} has not been reached yet",
            _ => null,
        };
        return fault is null
            ? new SnapshotChange
            {
                Operation = "replace",
                Added = [.. Added, .. AddedDeletes],
                DataSequenceNumber = DataSequenceNumber,
                Removed = [.. Removed, .. RemovedDeletes],
            }
            : throw new InvalidTableArgumentException($"a rewrite of table '{table}' is not valid: {fault}");
    }

    internal override async Task ValidateAsync(ConflictHistory history, SnapshotChange change, CancellationToken cancellationToken)
    {
        var since = await history.SinceAsync(FromSnapshotId, cancellationToken).ConfigureAwait(false);
        await since.RefuseDeletesOfAsync(Removed, new ConflictScope(Filter.True), ignoreEqualityDeletes: DataSequenceNumber is not null, cancellationToken).ConfigureAwait(false);
    }
}
