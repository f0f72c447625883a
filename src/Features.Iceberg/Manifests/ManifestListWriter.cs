using System.Diagnostics;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Writes manifest lists, version 2.</summary>
public static class ManifestListWriter
{
    /// <summary>Writes the list of a snapshot. Manifests that have no sequence number yet (<see cref="ManifestFile.UnassignedSequenceNumber"/>) get the snapshot's.</summary>
    /// <param name="storage">Where to.</param>
    /// <param name="location">The new list's location.</param>
    /// <param name="snapshotId">The snapshot.</param>
    /// <param name="parentSnapshotId">Its parent; null for none.</param>
    /// <param name="sequenceNumber">The snapshot's sequence number.</param>
    /// <param name="manifests">The manifests, in order.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AlreadyExistsException">The location is taken.</exception>
    public static Task WriteAsync(
        IObjectStore storage, string location, long snapshotId, long? parentSnapshotId, long sequenceNumber, IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken) =>
        throw new UnreachableException();
}
