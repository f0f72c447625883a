using System.Diagnostics;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Sets table properties; a null value removes one.</summary>
public sealed class SetProperties(IReadOnlyDictionary<string, string?> changes) : IAction
{
    private readonly IReadOnlyDictionary<string, string?> changes = changes;

    /// <inheritdoc/>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken) => throw new UnreachableException($"{changes}");
}
