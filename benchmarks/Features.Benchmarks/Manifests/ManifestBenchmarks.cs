using Avro.File;
using Avro.Generic;
using BenchmarkDotNet.Attributes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Benchmarks.Manifests;

/// <summary>Manifests of many files with full metrics, against Apache.Avro's generic records on the same file.</summary>
[MemoryDiagnoser]
public class ManifestBenchmarks
{
    private const int Columns = 20;
    private const long SnapshotId = 7;

    private readonly LocalObjectStore storage = new();
    private readonly List<ManifestEntry> entries = [];
    private readonly List<GenericRecord> records = [];
    private DirectoryInfo folder = null!;
    private TableMetadata metadata = null!;
    private ManifestFile manifest = null!;
    private Avro.Schema avroSchema = null!;
    private int written;

    [Params(1_000)]
    public int Files { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        folder = Directory.CreateTempSubdirectory("manifests");
        var schema = new Schema(0, [.. Enumerable.Range(1, Columns).Select(id => new NestedField(id, $"c{id}", new PrimitiveType(PrimitiveKind.Long), false))], []);
        var spec = new PartitionSpec(0, [new PartitionField(1, 1000, "c1_bucket", new Transform(TransformKind.Bucket, 16))]);
        metadata = new TableMetadata
        {
            FormatVersion = 2, TableUuid = Guid.Empty, Location = folder.FullName, LastUpdatedMs = 0, LastColumnId = Columns, Schemas = [schema], CurrentSchemaId = 0,
            PartitionSpecs = [spec], DefaultSpecId = 0, LastPartitionId = 1000,
        };
        entries.AddRange(Enumerable.Range(0, Files).Select(Entry));
        manifest = await WriteOwn() with { SequenceNumber = 1 };

        using var reader = DataFileReader<GenericRecord>.OpenReader(manifest.ManifestPath);
        avroSchema = reader.GetSchema();
        records.AddRange(reader.NextEntries);
    }

    [GlobalCleanup]
    public void Cleanup() => folder.Delete(recursive: true);

    [Benchmark]
    public async Task<long> Read()
    {
        var rows = 0L;
        await foreach (var entry in ManifestReader.ReadAsync(storage, manifest, metadata, CancellationToken.None))
        {
            rows += entry.File.RecordCount;
        }

        return rows;
    }

    [Benchmark]
    public long ReadByApacheAvro()
    {
        using var reader = DataFileReader<GenericRecord>.OpenReader(manifest.ManifestPath);
        return reader.NextEntries.Sum(entry => (long)((GenericRecord)entry["data_file"])["record_count"]);
    }

    [Benchmark]
    public Task<ManifestFile> Write() => WriteOwn();

    [Benchmark]
    public void WriteByApacheAvro()
    {
        using var writer = DataFileWriter<GenericRecord>.OpenWriter(new GenericDatumWriter<GenericRecord>(avroSchema), NewPath(), Codec.CreateCodec(Codec.Type.Deflate));
        records.ForEach(writer.Append);
    }

    private Task<ManifestFile> WriteOwn() =>
        ManifestWriter.WriteAsync(storage, NewPath(), metadata.DefaultSpec, metadata.CurrentSchema, SnapshotId, entries, CancellationToken.None);

    private string NewPath() => Path.Combine(folder.FullName, $"{written++}.avro");

    private ManifestEntry Entry(int index)
    {
        var columns = Enumerable.Range(1, Columns).ToList();
        return new ManifestEntry(ManifestEntryStatus.Added, SnapshotId, null, null, new DataFile
        {
            FilePath = $"{folder.FullName}/data/{index:D8}.parquet",
            FileFormat = "PARQUET",
            Partition = [index % 16],
            RecordCount = 100_000 + index,
            FileSizeInBytes = 12_000_000,
            ColumnSizes = columns.ToDictionary(id => id, id => 600_000L + id),
            ValueCounts = columns.ToDictionary(id => id, _ => 100_000L),
            NullValueCounts = columns.ToDictionary(id => id, _ => 0L),
            LowerBounds = columns.ToDictionary(id => id, id => BitConverter.GetBytes((long)id)),
            UpperBounds = columns.ToDictionary(id => id, id => BitConverter.GetBytes((long)id + index)),
            SplitOffsets = [4],
        });
    }
}
