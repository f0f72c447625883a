using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

/// <summary>Removes a branch or tag that was found too old; one that was moved since has proved to be in use.</summary>
internal sealed class RemoveOldRef(string name, SnapshotRef found) : IAction
{
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken) => metadata.Refs.GetValueOrDefault(name) switch
    {
        null => Task.FromResult(metadata),
        var standing when standing == found => Task.FromResult(MetadataHistory.SetRef(metadata, name, null)),
        _ => throw new CommitConflictException(context.TableName, $"'{name}', which was to expire, was moved"),
    };
}
