using System.Diagnostics;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Writes manifests, version 2.</summary>
public static class ManifestWriter
{
    /// <summary>
    /// Writes a manifest of one spec's files, all data or all deletes, and describes it with counts and partition summaries. Added entries are written without
    /// sequence numbers, so that they inherit those of the commit that succeeds; the others must have theirs.
    /// </summary>
    /// <param name="storage">Where to.</param>
    /// <param name="location">The new manifest's location.</param>
    /// <param name="spec">The spec of all the files.</param>
    /// <param name="schema">The table's current schema.</param>
    /// <param name="snapshotId">The snapshot that adds the manifest.</param>
    /// <param name="entries">The entries, in order; at least one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AlreadyExistsException">The location is taken.</exception>
    /// <exception cref="InvalidTableArgumentException">The entries mix data and deletes, or lack a sequence number or partition value.</exception>
    public static Task<ManifestFile> WriteAsync(
        IObjectStore storage, string location, PartitionSpec spec, Schema schema, long snapshotId, IReadOnlyList<ManifestEntry> entries, CancellationToken cancellationToken) =>
        throw new UnreachableException();
}
