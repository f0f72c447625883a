using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>The live files of a snapshot, delete files among them: what is there, as against what a scan would read.</summary>
public static class SnapshotFiles
{
    /// <summary>The files in the order of the manifest list; none for a null snapshot.</summary>
    /// <exception cref="InvalidFileException">A manifest is not what its list says.</exception>
    public static async IAsyncEnumerable<DataFile> ReadAsync(Table table, Snapshot? snapshot, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (snapshot is null)
        {
            yield break;
        }

        foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, snapshot, cancellationToken).ConfigureAwait(false))
        {
            await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Status != ManifestEntryStatus.Deleted)
                {
                    yield return entry.File;
                }
            }
        }
    }
}
