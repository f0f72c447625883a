using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Moves a branch forward to where another branch or tag stands, which must descend from it: how a branch's work is published to <c>main</c>. A branch that does not exist is made.</summary>
public sealed class FastForward(string branch, string to) : IAction
{
    /// <inheritdoc/>
    /// <exception cref="NotFoundException">There is no branch or tag named <c>to</c>.</exception>
    /// <exception cref="InvalidTableArgumentException">The branch is a tag, or has commits that the other lacks.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var target = SnapshotLookup.GetRef(metadata, to, context.TableName).SnapshotId;
        var standing = metadata.Refs.GetValueOrDefault(branch);
        if (standing is { IsBranch: false })
        {
            throw new InvalidTableArgumentException($"'{branch}' of table '{context.TableName}' is a tag, which does not move; choose a branch");
        }

        if (standing?.SnapshotId == target)
        {
            return Task.FromResult(metadata);
        }

        if (standing is not null && !new SnapshotAncestry(metadata).IsAncestor(standing.SnapshotId, metadata.FindSnapshot(target)))
        {
            throw new InvalidTableArgumentException($"branch '{branch}' of table '{context.TableName}' has commits that '{to}' lacks, so it cannot be moved forward to it; replay the commits of '{to}' on '{branch}'");
        }

        var moved = (standing ?? new SnapshotRef(target, IsBranch: true)) with { SnapshotId = target };
        return Task.FromResult(branch == SnapshotRef.Main ? MetadataHistory.SetMain(metadata, moved, context.NowMs) : MetadataHistory.SetRef(metadata, branch, moved));
    }
}
