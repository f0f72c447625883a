using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>One change of a table, replayed on fresh metadata at each attempt. Those that make a snapshot derive from <see cref="SnapshotAction"/>.</summary>
public interface IAction
{
    /// <summary>Returns the metadata with the change applied, or the same object if nothing is to change; may write manifests to <see cref="CommitContext.NewMetadataFile"/>, which are removed if the commit fails.</summary>
    Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken);
}
