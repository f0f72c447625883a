using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>One change of a table, replayed on fresh metadata at each attempt. Implementations: <see cref="AppendFiles"/>, <see cref="SetProperties"/>, <see cref="SetSnapshotRef"/>.</summary>
public interface IAction
{
    /// <summary>Returns the metadata with the change applied, or the same object if nothing is to change; may write manifests to <see cref="CommitContext.NewMetadataFile"/>, which are removed if the attempt fails.</summary>
    Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken);
}
