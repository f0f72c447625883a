using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

/// <summary>What a rewrite did.</summary>
/// <param name="Commit">The table after the last commit.</param>
/// <param name="FilesRemoved">Data files that were replaced.</param>
/// <param name="FilesAdded">Data files that took their place.</param>
/// <param name="BytesRemoved">Bytes of the files that were replaced.</param>
/// <param name="BytesAdded">Bytes of those that took their place.</param>
/// <param name="DeleteFilesRemoved">Delete files that are no longer needed.</param>
/// <param name="Conflicts">With partial progress, why groups could not be committed; empty if all were.</param>
public sealed record DataFileRewriteResult(
    CommitResult Commit, int FilesRemoved, int FilesAdded, long BytesRemoved, long BytesAdded, int DeleteFilesRemoved, IReadOnlyList<CommitConflictException> Conflicts);
