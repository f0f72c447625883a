using System.Diagnostics;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Creates or moves a branch or tag; null removes it.</summary>
public sealed class SetSnapshotRef(string name, SnapshotRef? reference) : IAction
{
    private readonly string name = name;
    private readonly SnapshotRef? reference = reference;

    /// <inheritdoc/>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken) => throw new UnreachableException($"{name}{reference}");
}
