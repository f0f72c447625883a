using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Where a branch stands.</summary>
internal static class BranchState
{
    /// <summary>The snapshot that a commit to the branch follows: the branch's, or main's for a branch that is to be made; null for none.</summary>
    /// <exception cref="InvalidTableArgumentException">The name is a tag's, or empty.</exception>
    public static Snapshot? Latest(TableMetadata metadata, string branch, string table)
    {
        if (string.IsNullOrWhiteSpace(branch))
        {
            throw new InvalidTableArgumentException($"a branch of table '{table}' needs a name");
        }

        return metadata.Refs.GetValueOrDefault(branch) switch
        {
            { IsBranch: false } => throw new InvalidTableArgumentException($"'{branch}' of table '{table}' is a tag, which takes no commits; choose a branch"),
            { } reference => metadata.FindSnapshot(reference.SnapshotId),
            null => metadata.CurrentSnapshot,
        };
    }
}
