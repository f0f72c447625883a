using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Features.Iceberg;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Benchmarks.Scans;

/// <summary>Planning 100,000 data files in 1,000 manifests, each with metrics of 20 columns, by a filter that no manifest's summary can decide and that keeps all files, or half of them.</summary>
[MemoryDiagnoser]
public class PlanningBenchmarks
{
    private const int Columns = 20;
    private const int Manifests = 1_000;
    private const int FilesPerManifest = 100;
    private const long SnapshotId = 7;

    private readonly LocalObjectStore storage = new();
    private DirectoryInfo folder = null!;
    private Table table = null!;

    [Params(100_000, 50_000)]
    public int Kept { get; set; }

    private TableScan Scan => table.NewScan() with { Columns = ["c1", "c2"], Filter = Filter.Compare("c5", Comparison.Less, (long)Kept) };

    [GlobalSetup]
    public async Task Setup()
    {
        folder = Directory.CreateTempSubdirectory("planning");
        var schema = new Schema(0, [.. Enumerable.Range(1, Columns).Select(id => new NestedField(id, $"c{id}", new PrimitiveType(PrimitiveKind.Long), false))], []);
        var spec = new PartitionSpec(0, [new PartitionField(1, 1000, "c1_bucket", new Transform(TransformKind.Bucket, 16))]);
        var manifests = new List<ManifestFile>();
        for (var i = 0; i < Manifests; i++)
        {
            var entries = Enumerable.Range(i * FilesPerManifest, FilesPerManifest).Select(Entry).ToList();
            manifests.Add(await ManifestWriter.WriteAsync(storage, Path.Combine(folder.FullName, $"{i}.avro"), spec, schema, SnapshotId, entries, CancellationToken.None) with { SequenceNumber = 1 });
        }

        var list = Path.Combine(folder.FullName, "list.avro");
        await ManifestListWriter.WriteAsync(storage, list, SnapshotId, null, 1, manifests, CancellationToken.None);
        var metadata = new TableMetadata
        {
            FormatVersion = 2, TableUuid = Guid.Empty, Location = folder.FullName, LastUpdatedMs = 0, LastColumnId = Columns, Schemas = [schema], CurrentSchemaId = 0,
            PartitionSpecs = [spec], DefaultSpecId = 0, LastPartitionId = 1000, CurrentSnapshotId = SnapshotId, LastSequenceNumber = 1,
            Snapshots = [new Snapshot(SnapshotId, null, 1, 0, list, null, new Dictionary<string, string> { ["operation"] = "append" }, 0)],
        };
        table = new Table("planning", null, metadata, "planning", storage, null);
        // Cold, then with its code compiled.
        await ReportMemoryAsync();
        await ReportMemoryAsync();
    }

    [GlobalCleanup]
    public void Cleanup() => folder.Delete(recursive: true);

    [Benchmark]
    public async Task<int> Plan() => (await Scan.PlanAsync(CancellationToken.None)).Tasks.Count;

    /// <summary>Memory in use is not what BenchmarkDotNet measures: the working set while one plan is made, above that before.</summary>
    private async Task ReportMemoryAsync()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var before = process.WorkingSet64;
        var peak = before;
        using var done = new CancellationTokenSource();
        var sampling = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    process.Refresh();
                    peak = Math.Max(peak, process.WorkingSet64);
                    await Task.Delay(5, CancellationToken.None);
                }
            },
            CancellationToken.None);
        process.Refresh();
        var (watch, processor) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        var plan = await Scan.PlanAsync(CancellationToken.None);
        process.Refresh();
        var (elapsed, busy) = (watch.Elapsed, process.TotalProcessorTime - processor);
        await done.CancelAsync();
        await sampling;
        Console.WriteLine($"// {plan.Tasks.Count} files planned in {elapsed.TotalSeconds:F2} s ({busy.TotalSeconds:F2} s of processors); peak working set {(peak - before) >> 20} MiB above {before >> 20} MiB; live plan {GC.GetTotalMemory(true) >> 20} MiB of managed memory");
        GC.KeepAlive(plan);
    }

    private static ManifestEntry Entry(int index)
    {
        var columns = Enumerable.Range(1, Columns).ToList();
        return new ManifestEntry(ManifestEntryStatus.Added, SnapshotId, null, null, new DataFile
        {
            FilePath = $"s3://warehouse/db/planning/data/c1_bucket={index % 16}/{index:D8}-5d1f6f0e-0b5c-4d6e-9a52-1f0b1f6f7a11.parquet",
            FileFormat = "PARQUET",
            Partition = [index % 16],
            RecordCount = 100_000,
            FileSizeInBytes = 12_000_000,
            ColumnSizes = columns.ToDictionary(id => id, id => 600_000L + id),
            ValueCounts = columns.ToDictionary(id => id, _ => 100_000L),
            NullValueCounts = columns.ToDictionary(id => id, _ => 0L),
            LowerBounds = columns.ToDictionary(id => id, _ => BitConverter.GetBytes((long)index)),
            UpperBounds = columns.ToDictionary(id => id, _ => BitConverter.GetBytes((long)index + 10)),
            SplitOffsets = [4],
        });
    }
}
