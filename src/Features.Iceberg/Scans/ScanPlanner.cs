using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Scans;

/// <summary>Turns a snapshot, a projection and a filter into the files to read.</summary>
internal static class ScanPlanner
{
    private const string NameMappingProperty = "schema.name-mapping.default";

    public static async Task<ScanPlan> PlanAsync(TableScan scan, Snapshot? snapshot, Schema schema, CancellationToken cancellationToken)
    {
        var table = scan.Table;
        var projection = scan.FindProjection();
        var test = new FileTest(BoundFilter.Bind(scan.Filter, schema), table.Metadata, schema);
        var planned = new List<(long Sequence, FileScanTask Task)>();
        int manifestsRead = 0, manifestsSkipped = 0, filesSkipped = 0;
        var manifests = snapshot is null ? [] : await ManifestListReader.ReadAsync(table.Storage, snapshot, cancellationToken).ConfigureAwait(false);
        foreach (var manifest in manifests)
        {
            if (manifest.IsDeletes)
            {
                await RefuseDeletesAsync(table, manifest, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (!HasLiveFiles(manifest) || !test.MightMatch(manifest))
            {
                manifestsSkipped++;
                continue;
            }

            manifestsRead++;
            await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Status == ManifestEntryStatus.Deleted)
                {
                    continue;
                }

                var file = entry.File;
                var spec = table.Metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == file.SpecId)
                    ?? throw new InvalidFileException(manifest.ManifestPath, $"it names partition spec {file.SpecId}, which the table does not have");
                if (!test.MightMatch(file, spec))
                {
                    filesSkipped++;
                    continue;
                }

                if (file.KeyMetadata is not null)
                {
                    throw new UnsupportedFeatureException("encryption", file.FilePath, $"read table '{table.Name}' with an engine that holds its keys");
                }

                planned.Add((entry.SequenceNumber ?? 0, Task(table, file, spec, schema, test, entry.SequenceNumber ?? 0)));
            }
        }

        FileScanTask[] tasks = [.. planned.OrderBy(p => p.Sequence).ThenBy(p => p.Task.File.FilePath, StringComparer.Ordinal).Select(p => p.Task)];
        return new ScanPlan
        {
            TableName = table.Name,
            TableUuid = table.Metadata.TableUuid,
            Snapshot = snapshot,
            Projection = projection,
            Tasks = tasks,
            Report = new ScanReport(manifestsRead, manifestsSkipped, tasks.Length, filesSkipped, tasks.Sum(t => t.File.RecordCount), tasks.Sum(t => t.File.FileSizeInBytes)),
        };
    }

    private static FileScanTask Task(Table table, DataFile file, PartitionSpec spec, Schema schema, FileTest test, long sequenceNumber)
    {
        var location = table.Storage is RelocatedObjectStore moved ? moved.Relocate(file.FilePath) : file.FilePath;
        return new FileScanTask(file, location, spec, schema, test.Residual(file, spec), table.Metadata.Properties.GetValueOrDefault(NameMappingProperty), sequenceNumber, []);
    }

    // Counts that were not recorded may be anything.
    private static bool HasLiveFiles(ManifestFile manifest) => manifest.AddedFilesCount is not 0 || manifest.ExistingFilesCount is not 0;

    private static async Task RefuseDeletesAsync(Table table, ManifestFile manifest, CancellationToken cancellationToken)
    {
        if (!HasLiveFiles(manifest))
        {
            return;
        }

        await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Status == ManifestEntryStatus.Deleted)
            {
                continue;
            }

            var kind = entry.File switch
            {
                { FileFormat: "PUFFIN" } => "a deletion vector",
                { Content: FileContent.EqualityDeletes } => "an equality delete file",
                _ => "a position delete file",
            };
            throw new UnsupportedFeatureException($"{kind} ('{entry.File.FilePath}')", table.Name, "compact the table with the engine that wrote it, or read a snapshot before the deletes");
        }
    }
}
