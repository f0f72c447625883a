using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Maintenance;

/// <summary>What only expired snapshots are made of.</summary>
internal static class ExpiredFiles
{
    /// <summary>The files of <paramref name="expired"/> that none of <paramref name="kept"/> needs: data and delete files first, then what names them, so that a removal broken off leaves nothing that names what is gone.</summary>
    public static async Task<IReadOnlyList<TableFile>> ListAsync(
        Table table, IEnumerable<Snapshot> expired, IEnumerable<Snapshot> kept, IProgress<MaintenanceProgress>? progress, CancellationToken cancellationToken)
    {
        Snapshot[] gone = [.. expired], staying = [.. kept];
        if (gone.Length == 0)
        {
            return [];
        }

        var keptManifests = await ReachableFiles.ManifestsAsync(table, staying, cancellationToken).ConfigureAwait(false);
        var goneManifests = new Dictionary<string, ManifestFile>(StringComparer.Ordinal);
        foreach (var (location, manifest) in await ReachableFiles.ManifestsAsync(table, gone, cancellationToken).ConfigureAwait(false))
        {
            if (!keptManifests.ContainsKey(location))
            {
                goneManifests.Add(location, manifest);
            }
        }

        var needed = new LocationSet();
        foreach (var location in keptManifests.Keys.Concat(staying.Select(s => s.ManifestList).OfType<string>()))
        {
            needed.Add(location);
        }

        var files = await FilesAsync(table, goneManifests.Values, keptManifests.Values, progress, cancellationToken).ConfigureAwait(false);
        var ids = gone.Select(s => s.SnapshotId).ToHashSet();
        var (statistics, others) = (StatisticsFiles.Of(table.Metadata).ToList(), new LocationSet());
        statistics.Where(s => s.SnapshotId is not { } id || !ids.Contains(id)).ToList().ForEach(s => others.Add(s.Location));
        return
        [
            .. files,
            .. goneManifests.Keys.Where(m => !needed.Contains(m)).Select(m => new TableFile(m, TableFileKind.Manifest)),
            .. gone.Select(s => s.ManifestList).OfType<string>().Where(l => !needed.Contains(l)).Distinct().Select(l => new TableFile(l, TableFileKind.ManifestList)),
            .. statistics.Select(s => s.Location).Where(s => !others.Contains(s)).Distinct().Select(s => new TableFile(s, TableFileKind.Statistics)),
        ];
    }

    private static async Task<Dictionary<string, TableFile>.ValueCollection> FilesAsync(
        Table table, Dictionary<string, ManifestFile>.ValueCollection gone, Dictionary<string, ManifestFile>.ValueCollection kept, IProgress<MaintenanceProgress>? progress, CancellationToken cancellationToken)
    {
        var candidates = new Dictionary<string, TableFile>(StringComparer.Ordinal);
        await foreach (var file in ReachableFiles.LiveFilesAsync(table, gone, cancellationToken).ConfigureAwait(false))
        {
            candidates.TryAdd(Deletes.DeletedPath.Of(file.Location), file);
        }

        var read = 0;
        foreach (var manifest in kept)
        {
            if (candidates.Count == 0)
            {
                break;
            }

            await foreach (var file in ReachableFiles.LiveFilesAsync(table, [manifest], cancellationToken).ConfigureAwait(false))
            {
                candidates.Remove(Deletes.DeletedPath.Of(file.Location));
            }

            progress?.Report(new MaintenanceProgress("reading manifests", ++read, kept.Count));
        }

        return candidates.Values;
    }
}
