using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;

namespace Features.Iceberg.Maintenance;

/// <summary>What the tests of maintenance ask of a table's files.</summary>
internal static class TableUnderCare
{
    /// <summary>The files on disk below a table's folder.</summary>
    public static List<string> OnDisk(Table table) => [.. Directory.GetFiles(table.Metadata.Location, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Every file that the table's metadata leads to, found by plain code of its own.</summary>
    public static async Task<HashSet<string>> ReachableAsync(Table table)
    {
        var files = new HashSet<string>(table.Metadata.MetadataLog.Select(e => e.MetadataFile)) { table.MetadataLocation };
        foreach (var snapshot in table.Metadata.Snapshots)
        {
            files.Add(snapshot.ManifestList!);
            files.UnionWith((await ManifestListReader.ReadAsync(table.Storage, snapshot, default)).Select(m => m.ManifestPath));
            await foreach (var file in SnapshotFiles.ReadAsync(table, snapshot, default))
            {
                files.Add(file.FilePath);
            }
        }

        return files;
    }

    /// <summary>Makes every file of a table look so old that an orphan of it may go.</summary>
    public static void Age(Table table)
    {
        foreach (var file in OnDisk(table))
        {
            File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-10));
        }
    }

    public static async Task<List<string>> LinesAsync(Table table, long? snapshot = null) =>
        [.. (await Warehouse.LinesAsync(table.NewScan() with { SnapshotId = snapshot })).Order(StringComparer.Ordinal)];

    public static async Task<List<DataFile>> FilesAsync(Table table) => await SnapshotFiles.ReadAsync(table, table.Metadata.CurrentSnapshot, default).ToListAsync();
}
