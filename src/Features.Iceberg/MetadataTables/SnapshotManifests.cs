using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.MetadataTables;

/// <summary>Which manifests a metadata table is over.</summary>
internal delegate IAsyncEnumerable<(Snapshot Snapshot, ManifestFile Manifest)> SnapshotManifestSource(CancellationToken cancellationToken);

/// <summary>The manifests of one snapshot, or of all that the table keeps.</summary>
internal static class SnapshotManifests
{
    /// <param name="table">The table.</param>
    /// <param name="snapshot">Null for a table that has none.</param>
    /// <param name="isDeletes">Manifests of delete files, or of data files; null for both.</param>
    public static SnapshotManifestSource OfSnapshot(Table table, Snapshot? snapshot, bool? isDeletes) =>
        token => ReadAsync(table, snapshot is null ? [] : [snapshot], isDeletes, isOnce: false, token);

    /// <summary>Every manifest that any snapshot reaches, once, under the first snapshot that reaches it.</summary>
    public static SnapshotManifestSource OfAllSnapshots(Table table, bool? isDeletes) => token => ReadAsync(table, table.Metadata.Snapshots, isDeletes, isOnce: true, token);

    /// <summary>Every manifest of every snapshot, as often as it is reached.</summary>
    public static SnapshotManifestSource OfEachSnapshot(Table table) => token => ReadAsync(table, table.Metadata.Snapshots, isDeletes: null, isOnce: false, token);

    private static async IAsyncEnumerable<(Snapshot Snapshot, ManifestFile Manifest)> ReadAsync(
        Table table, IReadOnlyList<Snapshot> snapshots, bool? isDeletes, bool isOnce, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var snapshot in snapshots)
        {
            foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, snapshot, cancellationToken).ConfigureAwait(false))
            {
                if ((isDeletes ?? manifest.IsDeletes) == manifest.IsDeletes && (!isOnce || seen.Add(manifest.ManifestPath)))
                {
                    yield return (snapshot, manifest);
                }
            }
        }
    }
}
