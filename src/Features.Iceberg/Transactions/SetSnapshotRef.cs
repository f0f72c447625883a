using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Creates or moves a branch or tag; null removes it. Moving <c>main</c> sets the table back (or forth) to that snapshot.</summary>
public sealed class SetSnapshotRef(string name, SnapshotRef? reference) : IAction
{
    /// <inheritdoc/>
    /// <exception cref="NotFoundException">There is no such snapshot.</exception>
    /// <exception cref="InvalidTableArgumentException">The name is empty or of the other kind, or <c>main</c> would be removed or made a tag.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var standing = metadata.Refs.GetValueOrDefault(name);
        if (standing == reference)
        {
            return Task.FromResult(metadata);
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            throw new InvalidTableArgumentException($"a branch or tag of table '{context.TableName}' needs a name");
        }

        if (name == MetadataHistory.MainBranch && reference is not { IsBranch: true })
        {
            throw new InvalidTableArgumentException($"'{name}' of table '{context.TableName}' is its current state: it can be moved, not removed or made a tag");
        }

        if (reference is not null && standing is not null && standing.IsBranch != reference.IsBranch)
        {
            throw new InvalidTableArgumentException($"'{name}' of table '{context.TableName}' is a {(standing.IsBranch ? "branch" : "tag")}; remove it first, or choose another name");
        }

        if (reference is not null && metadata.FindSnapshot(reference.SnapshotId) is null)
        {
            throw new NotFoundException(
                "snapshot", reference.SnapshotId.ToString(CultureInfo.InvariantCulture), $"table '{context.TableName}' has {Snapshots(metadata)}");
        }

        return Task.FromResult(name == MetadataHistory.MainBranch
            ? MetadataHistory.SetMain(metadata, reference!, context.NowMs)
            : MetadataHistory.SetRef(metadata, name, reference));
    }

    private static string Snapshots(TableMetadata metadata) => metadata.Snapshots.Count == 0
        ? "no snapshots yet"
        : $"the snapshots {string.Join(", ", metadata.Snapshots.TakeLast(10).Select(s => s.SnapshotId.ToString(CultureInfo.InvariantCulture)))}";
}
