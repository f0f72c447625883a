using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Maintenance;

/// <summary>The files that snapshots are made of.</summary>
internal static class ReachableFiles
{
    /// <summary>The manifests of snapshots, each once, by location.</summary>
    public static async Task<Dictionary<string, ManifestFile>> ManifestsAsync(Table table, IEnumerable<Snapshot> snapshots, CancellationToken cancellationToken)
    {
        var manifests = new Dictionary<string, ManifestFile>(StringComparer.Ordinal);
        foreach (var snapshot in snapshots)
        {
            foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, snapshot, cancellationToken).ConfigureAwait(false))
            {
                manifests.TryAdd(manifest.ManifestPath, manifest);
            }
        }

        return manifests;
    }

    /// <summary>The live files of manifests. A file whose entry says that it was deleted belongs to the snapshots before, by whose manifests it is live.</summary>
    public static async IAsyncEnumerable<TableFile> LiveFilesAsync(Table table, IEnumerable<ManifestFile> manifests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var manifest in manifests)
        {
            await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Status != ManifestEntryStatus.Deleted)
                {
                    yield return new TableFile(entry.File.FilePath, entry.File.Content == FileContent.Data ? TableFileKind.Data : TableFileKind.Deletes);
                }
            }
        }
    }

    /// <summary>Everything that the current metadata reaches: manifest lists, manifests, live files, statistics, and the metadata files of the log with the current one.</summary>
    public static async IAsyncEnumerable<string> AllAsync(Table table, IProgress<MaintenanceProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var metadata = table.Metadata;
        foreach (var location in metadata.MetadataLog.Select(e => e.MetadataFile)
            .Append(table.MetadataLocation)
            .Concat(StatisticsFiles.Of(metadata).Select(s => s.Location))
            .Concat(metadata.Snapshots.Select(s => s.ManifestList).OfType<string>()))
        {
            yield return location;
        }

        var manifests = await ManifestsAsync(table, metadata.Snapshots, cancellationToken).ConfigureAwait(false);
        var read = 0;
        foreach (var manifest in manifests.Values)
        {
            yield return manifest.ManifestPath;
            await foreach (var file in LiveFilesAsync(table, [manifest], cancellationToken).ConfigureAwait(false))
            {
                yield return file.Location;
            }

            progress?.Report(new MaintenanceProgress("reading manifests", ++read, manifests.Count));
        }
    }
}
