using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>Removes the files of a table whose name is gone: those that its metadata names and that lie in its own folders.</summary>
internal static class TablePurge
{
    private const int AtOnce = 16;

    /// <summary>Refuses where the files are not the table's alone.</summary>
    /// <param name="table">The table, still named.</param>
    /// <param name="others">All other tables and their metadata files.</param>
    /// <exception cref="InvalidTableArgumentException">They are not.</exception>
    public static void Check(Table table, IEnumerable<(TableIdentifier Identifier, string Location)> others)
    {
        if (string.Equals(table.Metadata.Properties.GetValueOrDefault("gc.enabled"), "false", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidTableArgumentException($"table '{table.Name}' cannot be purged: its property 'gc.enabled' is false, since its files may belong to other tables; drop it without its files");
        }

        var folders = Folders(table);
        foreach (var (identifier, location) in others)
        {
            if (folders.Any(folder => Location.Below(folder, Location.Canonical(location)) is not null))
            {
                throw new InvalidTableArgumentException($"table '{table.Name}' cannot be purged: table '{identifier}' has files in its folder; drop it without its files");
            }
        }
    }

    /// <exception cref="StorageException">A file could not be removed; it and those not yet reached stay.</exception>
    /// <exception cref="InvalidFileException">A manifest cannot be read; the files that it names stay.</exception>
    public static async Task RemoveFilesAsync(Table table, CancellationToken cancellationToken)
    {
        var folders = Folders(table);
        var lists = new HashSet<string>();
        var manifests = new Dictionary<string, ManifestFile>();
        foreach (var snapshot in table.Metadata.Snapshots)
        {
            try
            {
                foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, snapshot, cancellationToken).ConfigureAwait(false))
                {
                    manifests.TryAdd(manifest.ManifestPath, manifest);
                }
            }
            catch (NotFoundException)
            {
                // Removed by whoever expired it; what it named is not known any more.
            }

            lists.UnionWith(snapshot.ManifestList is { } list ? [list] : []);
        }

        // What names files goes after them, so that a purge that was broken off can be followed up.
        await RemoveAsync(DataFilesAsync(table, manifests.Values, cancellationToken)).ConfigureAwait(false);
        await RemoveAsync(manifests.Keys.Concat(lists).Concat(StatisticsFiles.Of(table.Metadata).Select(s => s.Location)).ToAsyncEnumerable()).ConfigureAwait(false);
        await RemoveAsync(table.Metadata.MetadataLog.Select(e => e.MetadataFile).Append(table.MetadataLocation).ToAsyncEnumerable()).ConfigureAwait(false);

        Task RemoveAsync(IAsyncEnumerable<string> files) => Parallel.ForEachAsync(
            files.Where(file => folders.Any(folder => Location.Below(folder, Location.Canonical(file)) is not null)),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (file, token) => await table.Storage.DeleteAsync(file, token).ConfigureAwait(false));
    }

    private static async IAsyncEnumerable<string> DataFilesAsync(Table table, IEnumerable<ManifestFile> manifests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var manifest in manifests)
        {
            if (await table.Storage.StatAsync(manifest.ManifestPath, cancellationToken).ConfigureAwait(false) is null)
            {
                continue;
            }

            await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
            {
                yield return entry.File.FilePath;
            }
        }
    }

    private static string[] Folders(Table table) =>
        [.. new[] { table.Metadata.Location, TableLocations.MetadataFolder(table.Metadata), TableLocations.DataFolder(table.Metadata) }.Select(Location.Canonical)];
}
