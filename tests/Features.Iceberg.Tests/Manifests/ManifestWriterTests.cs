using System.Numerics;
using System.Text.Json.Nodes;
using Avro.File;
using Avro.Generic;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Spec;
using Features.Iceberg.Tests.Storage;

namespace Features.Iceberg.Tests.Manifests;

public sealed class ManifestWriterTests
{
    private const string At = "mem://t/metadata/a-m0.avro";

    private readonly MemoryObjectStore store = new();

    [Fact]
    public void Manifest_AnyPartitionValues_ReadBackAsWritten() => Gen.Select(Values.Any.Array[0, 4], Gen.Bool.Array[4], Gen.Int[1, 40]).Sample((values, nulls, count) =>
    {
        var (schema, spec) = PartitionedBy([.. values.Select(v => v.Type)]);
        object?[] partition = [.. values.Select((v, i) => nulls[i] ? null : v.Value)];
        ManifestEntry[] entries = [.. Enumerable.Range(0, count).Select(i => new ManifestEntry(ManifestEntryStatus.Added, null, null, null, File(i, partition)))];
        var own = new MemoryObjectStore();
        var manifest = ManifestWriter.WriteAsync(own, At, spec, schema, 77, entries, default).GetAwaiter().GetResult();
        var read = Metadata(schema, spec).ReadAllAsync(own, manifest with { SequenceNumber = 5 }).GetAwaiter().GetResult();
        Assert.Equal(count, read.Count);
        for (var i = 0; i < count; i++)
        {
            Assert.Equal((77L, 5L, 5L), (read[i].SnapshotId, read[i].SequenceNumber, read[i].FileSequenceNumber));
            Assert.Equivalent(entries[i].File, read[i].File, strict: true);
        }
    });

    [Fact]
    public async Task Manifest_MixedStatuses_AreCountedAndInheritOnlyWhenAdded()
    {
        var (schema, spec) = PartitionedBy([new(PrimitiveKind.Double)]);
        ManifestEntry[] entries =
        [
            new(ManifestEntryStatus.Added, null, null, null, File(1, [1.5])),
            new(ManifestEntryStatus.Existing, 11, 3, 4, File(2, [double.NaN])),
            new(ManifestEntryStatus.Deleted, 12, 2, 2, File(3, [null])),
            new(ManifestEntryStatus.Existing, 11, 3, 4, File(4, [-0.5])),
        ];
        var manifest = await ManifestWriter.WriteAsync(store, At, spec, schema, 20, entries, default);
        Assert.Equal((1, 2, 1), (manifest.AddedFilesCount, manifest.ExistingFilesCount, manifest.DeletedFilesCount));
        Assert.Equal((100L, 600L, 300L), (manifest.AddedRowsCount, manifest.ExistingRowsCount, manifest.DeletedRowsCount));
        Assert.Equal((ManifestFile.UnassignedSequenceNumber, 3L), (manifest.SequenceNumber, manifest.MinSequenceNumber));
        Assert.Equal(store.Bytes(At).Length, manifest.ManifestLength);
        var summary = Assert.Single(manifest.Partitions!);
        Assert.True(summary.ContainsNull && summary.ContainsNan == true);
        Assert.Equal(BitConverter.GetBytes(-0.5), summary.LowerBound);
        Assert.Equal(BitConverter.GetBytes(1.5), summary.UpperBound);

        var read = await Metadata(schema, spec).ReadAllAsync(store, manifest with { SequenceNumber = 9 });
        Assert.Equal([(20, 9, 9), (11, 3, 4), (12, 2, 2), (11, 3, 4)], read.Select(e => (e.SnapshotId!.Value, e.SequenceNumber!.Value, e.FileSequenceNumber!.Value)));
    }

    /// <summary>Early writers of version 2 knew no file sequence numbers.</summary>
    [Fact]
    public async Task Manifest_OfFilesWithoutAFileSequenceNumber_IsWrittenWithout()
    {
        var (schema, spec) = PartitionedBy([new(PrimitiveKind.Int)]);
        var manifest = await ManifestWriter.WriteAsync(store, At, spec, schema, 20, [new(ManifestEntryStatus.Existing, 11, 3, null, File(1, [1]))], default);
        var read = Assert.Single(await Metadata(schema, spec).ReadAllAsync(store, manifest with { SequenceNumber = 9 }));
        Assert.Equal((11, 3, null), (read.SnapshotId!.Value, read.SequenceNumber!.Value, read.FileSequenceNumber));
    }

    [Fact]
    public async Task Manifest_Faults_AreAllNamed()
    {
        var (schema, spec) = PartitionedBy([new(PrimitiveKind.Int)]);
        ManifestEntry[] entries =
        [
            new(ManifestEntryStatus.Added, null, null, null, File(1, [])),
            new(ManifestEntryStatus.Existing, 1, null, null, File(2, [2])),
            new(ManifestEntryStatus.Added, null, null, null, File(3, [2]) with { Content = FileContent.PositionDeletes }),
        ];
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => ManifestWriter.WriteAsync(store, At, spec, schema, 1, entries, default));
        Assert.All(["file-1", "0 partition values", "file-2", "no sequence number", "mix data and deletes"], text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
        Assert.Null(await store.StatAsync(At, default));
    }

    [Fact]
    public async Task Manifest_WrongPartitionValue_IsRefusedAndLeavesNothing()
    {
        var (schema, spec) = PartitionedBy([new(PrimitiveKind.Int)]);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() =>
            ManifestWriter.WriteAsync(store, At, spec, schema, 1, [new(ManifestEntryStatus.Added, null, null, null, File(1, ["x"]))], default));
        Assert.Null(await store.StatAsync(At, default));
    }

    [Fact]
    public async Task Manifest_ReadByApacheAvro_HasTheSpecificationsNamesAndIds()
    {
        var (schema, spec) = PartitionedBy([new(PrimitiveKind.Date), new(PrimitiveKind.Decimal, 9, 2), new(PrimitiveKind.String), new(PrimitiveKind.Timestamp)]);
        spec = spec with { Fields = [.. spec.Fields.Select((f, i) => i == 2 ? f with { Name = "2 ö" } : f)] };
        await ManifestWriter.WriteAsync(store, At, spec, schema, 77, [new(ManifestEntryStatus.Added, null, null, null, File(1, [11323, new BigInteger(-1234), "SFO", -1L]))], default);
        using var reader = DataFileReader<GenericRecord>.OpenReader(new MemoryStream(store.Bytes(At)));
        Assert.Equal(("2", "data", "3", "deflate"), (reader.GetMetaString("format-version"), reader.GetMetaString("content"), reader.GetMetaString("partition-spec-id"), reader.GetMetaString("avro.codec")));
        Assert.Equal(schema.Fields.Count, SchemaJson.Parse(reader.GetMetaString("schema"), "header").Fields.Count);
        Assert.Equal(spec.Fields.Count, JsonNode.Parse(reader.GetMetaString("partition-spec"))!.AsArray().Count);
        var entry = reader.Next();
        Assert.False(reader.HasNext());
        Assert.Equal(1, entry["status"]);
        Assert.Equal(77L, entry["snapshot_id"]);
        Assert.Null(entry["sequence_number"]);
        var file = (GenericRecord)entry["data_file"];
        Assert.Equal("file-1", file["file_path"]);
        Assert.Equal(100L, file["record_count"]);
        Assert.Equal("SFO", ((GenericRecord)file["partition"])["_2_x20_xF6"]);
        var bounds = (object[])file["lower_bounds"];
        Assert.Equal(1, ((GenericRecord)bounds[0])["key"]);
        Assert.Equal([1, 2], (byte[])((GenericRecord)bounds[0])["value"]);

        var fields = FieldIds(JsonNode.Parse(reader.GetMetaString("avro.schema"))!).ToList();
        Assert.Equal(
            [
                "status=0", "snapshot_id=1", "sequence_number=3", "file_sequence_number=4", "data_file=2", "content=134", "file_path=100", "file_format=101", "partition=102",
                "p0=1000", "p1=1001", "_2_x20_xF6=1002", "p3=1003", "record_count=103", "file_size_in_bytes=104", "column_sizes=108", "key=117", "value=118", "value_counts=109",
                "key=119", "value=120", "null_value_counts=110", "key=121", "value=122", "nan_value_counts=137", "key=138", "value=139", "lower_bounds=125", "key=126", "value=127",
                "upper_bounds=128", "key=129", "value=130", "key_metadata=131", "split_offsets=132", "element=133", "equality_ids=135", "element=136", "sort_order_id=140",
                "referenced_data_file=143",
            ],
            fields);
    }

    [Fact]
    public async Task ManifestList_ReadByApacheAvroAndByUs_SaysTheSame()
    {
        const string location = "mem://t/metadata/snap-1.avro";
        ManifestFile[] manifests =
        [
            new() { ManifestPath = "m0", ManifestLength = 10, PartitionSpecId = 3, SequenceNumber = -1, MinSequenceNumber = -1, AddedSnapshotId = 8, AddedFilesCount = 1, ExistingFilesCount = 2, DeletedFilesCount = 3, AddedRowsCount = 4, ExistingRowsCount = 5, DeletedRowsCount = 6, Partitions = [new(true, false, [1], null)] },
            new() { ManifestPath = "m1", ManifestLength = 11, PartitionSpecId = 0, IsDeletes = true, SequenceNumber = 2, MinSequenceNumber = 1, AddedSnapshotId = 7, AddedFilesCount = 0, ExistingFilesCount = 0, DeletedFilesCount = 0, AddedRowsCount = 0, ExistingRowsCount = 0, DeletedRowsCount = 0 },
        ];
        await ManifestListWriter.WriteAsync(store, location, 8, null, 6, manifests, default);
        var read = await ManifestListReader.ReadAsync(store, location, default);
        Assert.Equivalent(new[] { manifests[0] with { SequenceNumber = 6, MinSequenceNumber = 6 }, manifests[1] }, read, strict: true);

        using var reader = DataFileReader<GenericRecord>.OpenReader(new MemoryStream(store.Bytes(location)));
        Assert.Equal(("8", "null", "6", "2"), (reader.GetMetaString("snapshot-id"), reader.GetMetaString("parent-snapshot-id"), reader.GetMetaString("sequence-number"), reader.GetMetaString("format-version")));
        var first = reader.Next();
        Assert.Equal(("m0", 1, 4L), ((string)first["manifest_path"], (int)first["added_files_count"], (long)first["added_rows_count"]));
        Assert.Equal("m1", reader.Next()["manifest_path"]);
        Assert.Equal(
            [
                "manifest_path=500", "manifest_length=501", "partition_spec_id=502", "content=517", "sequence_number=515", "min_sequence_number=516", "added_snapshot_id=503",
                "added_files_count=504", "existing_files_count=505", "deleted_files_count=506", "added_rows_count=512", "existing_rows_count=513", "deleted_rows_count=514",
                "partitions=507", "element=508", "contains_null=509", "contains_nan=518", "lower_bound=510", "upper_bound=511", "key_metadata=519",
            ],
            FieldIds(JsonNode.Parse(reader.GetMetaString("avro.schema"))!));
    }

    private static IEnumerable<string> FieldIds(JsonNode? node) => node switch
    {
        JsonArray array => array.SelectMany(FieldIds),
        JsonObject o => (o["element-id"] is { } element ? [$"element={element}"] : Array.Empty<string>())
            .Concat((o["fields"]?.AsArray() ?? []).SelectMany(f => FieldIds(f!["type"]).Prepend($"{f["name"]}={f["field-id"]}")))
            .Concat(o["items"] is { } items ? FieldIds(items) : [])
            .Concat(o["type"] is JsonObject or JsonArray ? FieldIds(o["type"]) : []),
        _ => [],
    };

    private static DataFile File(int number, object?[] partition) => new()
    {
        FilePath = $"file-{number}",
        FileFormat = "PARQUET",
        SpecId = 3,
        Partition = partition,
        RecordCount = number * 100,
        FileSizeInBytes = 1000,
        ColumnSizes = new Dictionary<int, long> { [1] = 5, [2] = long.MaxValue },
        ValueCounts = new Dictionary<int, long> { [1] = number },
        NullValueCounts = new Dictionary<int, long>(),
        LowerBounds = new Dictionary<int, byte[]> { [1] = [1, 2] },
        UpperBounds = new Dictionary<int, byte[]> { [1] = [] },
        SplitOffsets = [4, 1L << 40],
        SortOrderId = 0,
    };

    private static (Schema Schema, PartitionSpec Spec) PartitionedBy(PrimitiveType[] types) => (
        new Schema(1, [.. types.Select((t, i) => new NestedField(i + 1, $"c{i}", t, false))], []),
        new PartitionSpec(3, [.. types.Select((_, i) => new PartitionField(i + 1, 1000 + i, $"p{i}", Transform.Identity))]));

    private static TableMetadata Metadata(Schema schema, PartitionSpec spec) => new()
    {
        FormatVersion = 2,
        TableUuid = Guid.Empty,
        Location = "mem://t",
        LastUpdatedMs = 0,
        LastColumnId = 100,
        Schemas = [schema],
        CurrentSchemaId = schema.SchemaId,
        PartitionSpecs = [spec],
        DefaultSpecId = spec.SpecId,
        LastPartitionId = 1100,
    };
}
