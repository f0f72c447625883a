using System.Diagnostics;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Reads manifest lists of versions 1 to 3, fields resolved by id.</summary>
public static class ManifestListReader
{
    /// <summary>The manifests of a snapshot, in the list's order; for a v1 snapshot without a list, its inline manifests.</summary>
    /// <exception cref="NotFoundException">The list does not exist.</exception>
    /// <exception cref="InvalidFileException">It is no manifest list.</exception>
    public static Task<IReadOnlyList<ManifestFile>> ReadAsync(IObjectStore storage, Snapshot snapshot, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <summary>The manifests of a manifest list, in its order.</summary>
    /// <exception cref="NotFoundException">The list does not exist.</exception>
    /// <exception cref="InvalidFileException">It is no manifest list.</exception>
    public static Task<IReadOnlyList<ManifestFile>> ReadAsync(IObjectStore storage, string location, CancellationToken cancellationToken) => throw new UnreachableException();
}
