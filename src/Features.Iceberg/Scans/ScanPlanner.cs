using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Scans;

/// <summary>Turns the manifests of a snapshot, a projection and a filter into the files to read.</summary>
internal sealed class ScanPlanner
{
    private readonly Table table;
    private readonly Schema schema;
    private readonly FileTest test;
    private readonly string? nameMapping;
    private readonly Dictionary<int, PartitionSpec> specs;

    /// <exception cref="InvalidTableArgumentException">The filter does not fit the schema.</exception>
    public ScanPlanner(Table table, Schema schema, Filter filter)
    {
        this.table = table;
        this.schema = schema;
        test = new FileTest(BoundFilter.Bind(filter, schema), table.Metadata, schema);
        nameMapping = NameMappingProperty.Of(table.Metadata);
        specs = table.Metadata.PartitionSpecs.ToDictionary(s => s.SpecId);
    }

    /// <summary>Keeps all column metrics on the files planned; else only those that planning itself needs are decoded, and none is kept.</summary>
    public bool KeepsMetrics { get; init; }

    /// <summary>Which entries of the manifests are scanned; those of removed files never are.</summary>
    public Func<ManifestEntry, bool> Wants { get; init; } = static _ => true;

    /// <summary>Plans files of a snapshot.</summary>
    /// <param name="snapshot">The snapshot; null for none.</param>
    /// <param name="projection">The columns asked for.</param>
    /// <param name="manifests">The manifests of data files and of deletes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<ScanPlan> PlanAsync(Snapshot? snapshot, Schema projection, IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        var data = manifests.Where(m => !m.IsDeletes).ToList();
        var live = data.Where(ManifestReads.HasLiveFiles).ToList();
        var read = live.Where(test.MightMatch).ToList();
        var deletes = await DeletePlan.ReadAsync(table, read.Count == 0 ? [] : [.. manifests.Where(m => m.IsDeletes)], test, cancellationToken).ConfigureAwait(false);
        var metrics = KeepsMetrics ? null : test.FieldIds.Union(deletes.KeyIds).ToHashSet();
        var parts = await ManifestReads.AllAsync(read, (m, token) => ReadAsync(m, metrics, deletes.Index, token), cancellationToken).ConfigureAwait(false);
        FileScanTask[] tasks = [.. parts.SelectMany(p => p.Tasks).OrderBy(t => t.DataSequenceNumber).ThenBy(t => t.File.FilePath, StringComparer.Ordinal)];
        var applying = deletes.Index.IsEmpty ? 0 : tasks.SelectMany(t => t.Deletes).Distinct(ReferenceEqualityComparer.Instance).Count();
        return new ScanPlan
        {
            TableName = table.Name,
            TableUuid = table.Metadata.TableUuid,
            Snapshot = snapshot,
            Projection = projection,
            Tasks = tasks,
            Report = new ScanReport
            {
                ManifestsRead = read.Count,
                ManifestsSkippedByPartition = live.Count - read.Count,
                ManifestsWithoutFiles = data.Count - live.Count,
                FilesPlanned = tasks.Length,
                FilesSkippedByPartition = parts.Sum(p => p.SkippedByPartition),
                FilesSkippedByMetrics = parts.Sum(p => p.SkippedByMetrics),
                FilesWithoutRows = parts.Sum(p => p.WithoutRows),
                RowsPlanned = tasks.Sum(t => t.File.RecordCount),
                BytesPlanned = tasks.Sum(t => t.File.FileSizeInBytes),
                DeleteManifestsRead = deletes.ManifestsRead,
                DeleteManifestsSkipped = deletes.ManifestsSkipped,
                DeleteFilesPlanned = applying,
                DeleteFilesSkippedByPartition = deletes.FilesSkipped,
                DeleteFilesNotApplying = deletes.Files - applying,
            },
        };
    }

    private async Task<ManifestPart> ReadAsync(ManifestFile manifest, IReadOnlySet<int>? metrics, DeleteIndex deletes, CancellationToken cancellationToken)
    {
        var part = new ManifestPart();
        await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, metrics, cancellationToken).ConfigureAwait(false))
        {
            var file = entry.File;
            if (entry.Status == ManifestEntryStatus.Deleted || !Wants(entry))
            {
                continue;
            }

            var spec = specs[file.SpecId];
            if (file.RecordCount == 0)
            {
                part.WithoutRows++;
            }
            else if (!test.MightMatch(file, spec))
            {
                _ = test.PartitionMightMatch(file) ? part.SkippedByMetrics++ : part.SkippedByPartition++;
            }
            else if (file.KeyMetadata is not null)
            {
                throw new UnsupportedFeatureException("encryption", file.FilePath, $"read table '{table.Name}' with an engine that holds its keys");
            }
            else
            {
                var sequenceNumber = entry.SequenceNumber ?? 0;
                part.Tasks.Add(new FileScanTask(
                    KeepsMetrics ? file : WithoutMetrics(file), RelocatedObjectStore.LocationOf(table.Storage, file.FilePath), spec, schema, test.Residual(file, spec), nameMapping, sequenceNumber, deletes.Of(file, sequenceNumber)));
            }
        }

        return part;
    }

    private static DataFile WithoutMetrics(DataFile file) => file with
    {
        ColumnSizes = null, ValueCounts = null, NullValueCounts = null, NanValueCounts = null, LowerBounds = null, UpperBounds = null,
    };

    private sealed class ManifestPart
    {
        public List<FileScanTask> Tasks { get; } = [];

        public int SkippedByPartition { get; set; }

        public int SkippedByMetrics { get; set; }

        public int WithoutRows { get; set; }
    }
}
