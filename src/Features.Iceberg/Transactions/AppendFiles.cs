using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Adds data files in a new snapshot (operation <c>append</c>). Nothing that others commit meanwhile is a conflict.</summary>
public sealed class AppendFiles : SnapshotAction
{
    private readonly IReadOnlyList<DataFile> files;

    /// <summary>Appends data files; <paramref name="summary"/> is merged into the snapshot's summary.</summary>
    public AppendFiles(IReadOnlyList<DataFile> files, IReadOnlyDictionary<string, string>? summary = null)
    {
        this.files = files;
        Summary = summary;
    }

    /// <summary>
    /// False (the default): a fast append, whose manifest stands beside the others and which reads none of them. True: small manifests are merged by the table properties
    /// <c>commit.manifest-merge.enabled</c> (default true), <c>commit.manifest.min-count-to-merge</c> (100) and <c>commit.manifest.target-size-bytes</c> (8 MiB).
    /// </summary>
    public bool MergesManifests { get; init; }

    internal override SnapshotChange Plan(TableMetadata metadata, string table)
    {
        AddedFiles.Check(metadata, table, files);
        return new SnapshotChange { Operation = "append", Added = files, MergesManifests = MergesManifests };
    }
}
