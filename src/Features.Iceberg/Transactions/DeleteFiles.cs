using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Removes whole data files, by path or by a filter that all of their rows match (operation <c>delete</c>). Nothing that others add meanwhile is a conflict.</summary>
public sealed class DeleteFiles : SnapshotAction
{
    private readonly IReadOnlyList<string> paths;
    private readonly IReadOnlyList<DataFile> files;
    private readonly Filter? rows;

    /// <summary>Removes the data files at these paths, spelt as the table lists them; one that is not there is a conflict. Every manifest is read; give files instead where they are known.</summary>
    public DeleteFiles(params IReadOnlyList<string> paths) => (this.paths, files) = (paths, []);

    /// <summary>Removes data files, as the table lists them; one that is not there is a conflict.</summary>
    public DeleteFiles(IReadOnlyList<DataFile> files) => (paths, this.files) = ([], files);

    /// <summary>Removes the files whose rows all match; a file with rows that match beside others that may not is refused.</summary>
    public DeleteFiles(Filter rows) => (paths, files, this.rows) = ([], [], rows);

    internal override SnapshotChange Plan(TableMetadata metadata, string table) =>
        new() { Operation = "delete", Removed = files, RemovedPaths = paths, RemovedRows = rows };
}
