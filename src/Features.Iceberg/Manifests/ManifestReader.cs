using System.Diagnostics;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Reads manifests of versions 1 to 3, fields resolved by id.</summary>
public static class ManifestReader
{
    /// <summary>All entries of a manifest, deleted ones too, in its order, with inherited snapshot ids and sequence numbers filled in.</summary>
    /// <param name="storage">Where from.</param>
    /// <param name="manifest">The manifest as its list describes it; its content and partition spec are trusted over the file's own header.</param>
    /// <param name="metadata">The table: specs and schemas.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">The manifest does not exist.</exception>
    /// <exception cref="InvalidFileException">It is no manifest of this table.</exception>
    /// <exception cref="UnsupportedFeatureException">It is encrypted.</exception>
    public static IAsyncEnumerable<ManifestEntry> ReadAsync(IObjectStore storage, ManifestFile manifest, TableMetadata metadata, CancellationToken cancellationToken) => throw new UnreachableException();
}
