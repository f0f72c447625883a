using System.Numerics;
using System.Text;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Conformance;

/// <summary>What every adapter of <see cref="IDataFileFormat"/> must do; an adapter's tests derive from it and name the adapter.</summary>
public abstract class DataFileFormatConformance : IDisposable
{
    private static readonly PrimitiveType Int = new(PrimitiveKind.Int), Long = new(PrimitiveKind.Long), Text = new(PrimitiveKind.String);

    private readonly string folder = Directory.CreateTempSubdirectory("data-files-").FullName;
    private readonly IObjectStore storage = new LocalObjectStore();

    /// <summary>Column types that the adapter cannot write, by kind; none by default.</summary>
    protected virtual IReadOnlySet<PrimitiveKind> Unwritten { get; } = new HashSet<PrimitiveKind>();

    private IDataFileFormat Format => field ??= Create(storage);

    public virtual void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Rows_OfEveryPrimitive_ComeBackAsTheyWere()
    {
        var schema = AnyTable.OfAllPrimitives with { Fields = [.. AnyTable.OfAllPrimitives.Fields.Where(f => !Unwritten.Contains(((PrimitiveType)f.Type).Kind))] };
        await AnyTable.RowsOf(schema, 200).SampleAsync(rows => ComesBackAsync(schema, rows), iter: 20, threads: 1);
    }

    [Fact]
    public async Task Rows_OfAnyNesting_ComeBackAsTheyWere() => await AnyTable.Schema
        .Where(s => !Kinds(s).Overlaps(Unwritten))
        .SelectMany(s => AnyTable.RowsOf(s, 30), (s, r) => (s, r))
        .SampleAsync(c => ComesBackAsync(c.s, c.r), iter: 60, threads: 1);

    [Fact]
    public async Task Metrics_OfAnyRows_AreThoseCountedByHand()
    {
        var schema = AnyTable.OfAllPrimitives with { Fields = [.. AnyTable.OfAllPrimitives.Fields.Where(f => !Unwritten.Contains(((PrimitiveType)f.Type).Kind))] };
        await AnyTable.RowsOf(schema, 60).SampleAsync(
            async rows =>
            {
                var file = await WriteAsync(schema, rows);
                Assert.Equal(rows.Count, file.RecordCount);
                Assert.Equal(new FileInfo(file.FilePath).Length, file.FileSizeInBytes);
                for (var i = 0; i < schema.Fields.Count; i++)
                {
                    CheckMetrics(schema.Fields[i], [.. rows.Select(r => r[i])], file);
                }
            },
            iter: 20,
            threads: 1);
    }

    [Fact]
    public async Task Batches_ManyAndSliced_KeepTheirOrder()
    {
        var schema = new Schema(0, [new(1, "n", Long, true), new(2, "s", Text, false)], []);
        object?[][] rows = [.. Enumerable.Range(0, 150_000).Select(i => new object?[] { (long)i, i % 3 == 0 ? null : $"s{i % 100}" })];
        await using var writer = await Format.CreateAsync(NewPath(), schema, DataFileOptions.Default, default);
        var batch = Rows.ToBatch(schema, rows);
        for (var start = 0; start < rows.Length; start += 10_007)
        {
            var length = Math.Min(10_007, rows.Length - start);
            await writer.WriteAsync(new RecordBatch(batch.Schema, batch.Arrays.Select(a => ArrowArrayFactory.Slice(a, start, length)), length), default);
        }

        Assert.Equal(rows.Length, writer.RecordCount);
        var file = await writer.CompleteAsync(default);
        Assert.Equal(file.SplitOffsets!.Order(), file.SplitOffsets!);
        Assert.Equal(4, file.SplitOffsets![0]);
        var back = await ReadAsync(file, schema, schema);
        Assert.Equal(rows.Select(r => Rows.Text(r)), back.Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task Projection_RenamedReorderedAddedDroppedWidened_IsResolvedById()
    {
        var written = new Schema(0, [new(1, "a", Int, true), new(2, "b", new PrimitiveType(PrimitiveKind.Float), false), new(3, "c", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), false), new(4, "gone", Text, false)], []);
        var file = await WriteAsync(written, [[1, 1.5f, new BigInteger(12345), "x"], [2, null, null, "y"]]);
        var table = new Schema(
            1,
            [
                new(3, "c2", new PrimitiveType(PrimitiveKind.Decimal, 38, 2), false),
                new(1, "a2", Long, true),
                new(5, "gone", Int, false),
                new(6, "added", Text, true, InitialDefault: "x"),
                new(2, "b", new PrimitiveType(PrimitiveKind.Double), false),
            ],
            []);

        var rows = await ReadAsync(file, table, table);

        Assert.Equal(["(12345,1,∅,'x'," + Rows.Text(1.5) + ")", "(∅,2,∅,'x',∅)"], rows.Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task NestedProjection_RenamedReorderedAndAdded_IsResolvedById()
    {
        var written = new Schema(0, [new(1, "s", new StructType([new(2, "x", Int, false), new(3, "y", Text, false)]), false), new(4, "l", new ListType(5, new StructType([new(6, "p", Int, false), new(7, "q", Int, false)]), false), false)], []);
        var file = await WriteAsync(written, [[new object?[] { 1, "one" }, new List<object?> { new object?[] { 1, 2 }, null }], [null, null], [new object?[] { null, null }, new List<object?>()]]);
        var table = new Schema(
            1,
            [
                new(4, "l", new ListType(5, new StructType([new(7, "p", Long, false), new(8, "new", Text, true, InitialDefault: "d"), new(6, "q", Int, false)]), false), false),
                new(1, "s", new StructType([new(3, "x", Text, false), new(9, "z", Int, false)]), false),
            ],
            []);

        var rows = await ReadAsync(file, table, table);

        Assert.Equal(["([(2,'d',1),∅],('one',∅))", "(∅,∅)", "([],(∅,∅))"], rows.Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task Column_AbsentFromTheFile_TakesTheIdentityPartitionValue()
    {
        var file = await WriteAsync(new Schema(0, [new(1, "a", Int, false)], []), [[1], [2]]);
        var table = new Schema(0, [new(1, "a", Int, false), new(2, "part", Text, false), new(3, "bucketed", Int, false)], []);
        var spec = new PartitionSpec(1, [new(2, 1000, "part", Transform.Identity), new(3, 1001, "b", new Transform(TransformKind.Bucket, 4))]);

        var rows = await ReadAsync(file with { Partition = ["north", 3] }, table, table, spec);

        Assert.Equal(["(1,'north',∅)", "(2,'north',∅)"], rows.Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task MetadataColumns_TakeTheFilesFacts()
    {
        var table = new Schema(0, [new(1, "a", Int, false), new(2, "at", new PrimitiveType(PrimitiveKind.Timestamp), false)], []);
        var file = await WriteAsync(table, [[7, 0L], [8, null]]);
        var spec = new PartitionSpec(3, [new(2, 1001, "at_day", new Transform(TransformKind.Day)), new(1, 1000, "a", Transform.Identity)]);
        var projection = table with
        {
            Fields =
            [
                MetadataColumns.Position,
                new(1, "a", Long, false),
                MetadataColumns.File,
                MetadataColumns.SpecId,
                new(MetadataColumns.PartitionId, "_partition", new StructType([new(1000, "a", Int, false), new(1001, "at_day", new PrimitiveType(PrimitiveKind.Date), false), new(1002, "later", Text, false)]), true),
            ],
        };

        var rows = await ReadAsync(file with { Partition = [20, 5] }, table, projection, spec);

        Assert.Equal([$"(0,7,'{file.FilePath}',3,(5,20,∅))", $"(1,8,'{file.FilePath}',3,(5,20,∅))"], rows.Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task RowLineage_IsTheFilesOwnElseInherited()
    {
        var stored = new Schema(0, [new(1, "a", Int, false), MetadataColumns.RowId, MetadataColumns.LastUpdatedSequenceNumber], []);
        var table = stored with { Fields = [stored.Fields[0]] };
        var file = await WriteAsync(stored, [[7, 1000L, 3L], [8, null, null], [9, 1002L, null]]);

        Assert.Equal(["(7,1000,3)", "(8,501,6)", "(9,1002,6)"], (await ReadAsync(file with { FirstRowId = 500 }, table, stored, sequenceNumber: 6)).Select(r => Rows.Text(r)));
        Assert.Equal(["(7,∅,∅)", "(8,∅,∅)", "(9,∅,∅)"], (await ReadAsync(file, table, stored, sequenceNumber: 6)).Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task RowLineage_OfAFileWithoutIt_IsInherited()
    {
        var table = new Schema(0, [new(1, "a", Int, false)], []);
        var file = await WriteAsync(table, [[7], [8]]);
        var projection = table with { Fields = [MetadataColumns.LastUpdatedSequenceNumber, MetadataColumns.RowId] };
        Assert.Equal(["(6,500)", "(6,501)"], (await ReadAsync(file with { FirstRowId = 500 }, table, projection, sequenceNumber: 6)).Select(r => Rows.Text(r)));
    }

    [Theory]
    [InlineData("zstd", null)]
    [InlineData("zstd", 19)]
    [InlineData("snappy", null)]
    [InlineData("gzip", null)]
    [InlineData("gzip", 9)]
    [InlineData("uncompressed", null)]
    public async Task Codec_OfTheOptions_IsUsedAndReadBack(string codec, int? level)
    {
        var schema = new Schema(0, [new(1, "n", Long, true), new(2, "s", Text, false)], []);
        var rows = Enumerable.Range(0, 20_000).Select(i => new object?[] { (long)i, i % 5 == 0 ? null : $"text {i / 3} of a row that repeats" }).ToList();

        var file = await WriteAsync(schema, rows, new DataFileOptions { Compression = codec, CompressionLevel = level });

        Assert.Equal(rows.Select(r => Rows.Text(r)), (await ReadAsync(file, schema, schema)).Select(r => Rows.Text(r)));
        var plain = await WriteAsync(schema, rows, new DataFileOptions { Compression = "uncompressed" });
        Assert.Equal(codec != "uncompressed", file.FileSizeInBytes < plain.FileSizeInBytes * 9 / 10);
    }

    [Theory]
    [InlineData("lzo", null)]
    [InlineData("gzip", 10)]
    [InlineData("zstd", 99)]
    public async Task Codec_ThatIsNotWritten_IsRefusedByName(string codec, int? level)
    {
        var schema = new Schema(0, [new(1, "n", Long, true)], []);
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => WriteAsync(schema, [[1L]], new DataFileOptions { Compression = codec, CompressionLevel = level }));
        Assert.Contains(codec, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task RowGroupBytes_CutTheFileIntoRowGroups()
    {
        var schema = new Schema(0, [new(1, "n", Long, true)], []);
        var rows = Enumerable.Range(0, 100_000).Select(i => new object?[] { (long)i }).ToList();
        var file = await WriteAsync(schema, rows, new DataFileOptions { RowGroupBytes = 100_000 });
        Assert.InRange(file.SplitOffsets!.Count, 6, 10);
        Assert.Equal(rows.Select(r => Rows.Text(r)), (await ReadAsync(file, schema, schema)).Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task Residual_LeavesOutNoRowThatMatches_AndPositionsStay()
    {
        var schema = new Schema(0, [new(1, "n", Long, true), new(2, "d", new PrimitiveType(PrimitiveKind.Double), false), new(3, "s", Text, false), new(4, "m", new PrimitiveType(PrimitiveKind.Decimal, 20, 2), false)], []);
        var rows = Enumerable.Range(0, 40_000).Select(i => new object?[]
        {
            (long)i,
            i / 10_000 == 1 ? null : i % 7 == 0 ? double.NaN : i / 100 * (i % 2 == 0 ? 1.0 : -1.0),
            i % 11 == 0 ? null : $"k{i / 1000:D3}-{new string('x', 80)}",
            i / 10_000 == 2 ? null : new BigInteger(i - 20_000) * 1_000_000,
        }).ToList();
        var file = await WriteAsync(schema, rows, new DataFileOptions { RowGroupBytes = 200_000 });
        Assert.True(file.SplitOffsets!.Count > 2);
        var position = schema with { Fields = [MetadataColumns.Position, schema.Fields[0]] };
        (Filter Filter, Func<object?[], bool> Matches)[] filters =
        [
            (Filter.Compare("n", Comparison.GreaterOrEqual, 39_000L), r => (long)r[0]! >= 39_000),
            (Filter.Compare("n", Comparison.Less, 5L).Or(Filter.Compare("n", Comparison.Equal, 25_000L)), r => (long)r[0]! is < 5 or 25_000),
            (Filter.Compare("d", Comparison.Greater, 300.0), r => r[1] is > 300.0),
            (Filter.Compare("d", Comparison.IsNull), r => r[1] is null),
            (Filter.Compare("d", Comparison.IsNan), r => r[1] is double.NaN),
            (Filter.Compare("s", Comparison.StartsWith, "k039"), r => r[2] is string s && s.StartsWith("k039", StringComparison.Ordinal)),
            (Filter.Compare("s", Comparison.IsNull).Not().And(Filter.Compare("n", Comparison.Less, 100L)), r => r[2] is not null && (long)r[0]! < 100),
            (Filter.Compare("m", Comparison.In, new BigInteger(-20_000_000_000), new BigInteger(1_000_000)), r => r[3] is BigInteger m && (m == -20_000_000_000 || m == 1_000_000)),
            (Filter.Compare("m", Comparison.LessOrEqual, new BigInteger(-19_999_000_000)), r => r[3] is BigInteger m && m <= -19_999_000_000),
        ];
        foreach (var (filter, matches) in filters)
        {
            var read = await ReadAsync(file, schema, position, residual: filter);
            Assert.All(read, r => Assert.Equal(r[0], r[1]));
            Assert.Subset(read.Select(r => (long)r[0]!).ToHashSet(), rows.Where(matches).Select(r => (long)r[0]!).ToHashSet());
        }
    }

    [Fact]
    public async Task MetricsModes_SayWhatTheManifestKeeps()
    {
        var point = new StructType([new(11, "x", new PrimitiveType(PrimitiveKind.Double), false), new(12, "s", Text, false)]);
        var schema = new Schema(0, [new(1, "none", Text, false), new(2, "counts", Text, false), new(3, "cut", Text, false), new(4, "full", Text, false), new(10, "point", point, false), new(20, "l", new ListType(21, Int, false), false)], []);
        var options = DataFileOptions.Of(TableOf(schema, new Dictionary<string, string>
        {
            ["write.metadata.metrics.column.none"] = "none",
            ["write.metadata.metrics.column.counts"] = "counts",
            ["write.metadata.metrics.column.cut"] = "truncate(3)",
            ["write.metadata.metrics.column.full"] = "full",
            ["write.metadata.metrics.column.point.s"] = "truncate(1)",
        }));
        var text = new string('a', 40);

        var file = await WriteAsync(schema, [[text, text, text, text, new object?[] { 1.5, text }, new List<object?> { 1, null }], [null, null, null, null, null, null]], options);

        Assert.Equal([2, 3, 4, 11, 12, 21], file.ValueCounts!.Keys.Order());
        Assert.Equal([2, 3, 4, 11, 12, 21], file.NullValueCounts!.Keys.Order());
        Assert.Equal([2, 3, 4, 11, 12, 21], file.ColumnSizes!.Keys.Order());
        Assert.Equal([11], file.NanValueCounts!.Keys);
        Assert.Equal(["3 aaa aab", $"4 {text} {text}", "12 a b"], new[] { 3, 4, 12 }.Select(id => $"{id} {Encoding.UTF8.GetString(file.LowerBounds![id])} {Encoding.UTF8.GetString(file.UpperBounds![id])}"));
        Assert.Equal([3, 4, 11, 12], file.LowerBounds!.Keys.Order());
        Assert.Equal([3, 4, 11, 12], file.UpperBounds!.Keys.Order());
    }

    [Fact]
    public async Task Metrics_BeyondTheHundredthLeaf_AreKeptOnlyWhereNamed()
    {
        var schema = new Schema(0, [.. Enumerable.Range(1, 103).Select(i => new NestedField(i, $"c{i}", Int, false))], []);
        var options = DataFileOptions.Of(TableOf(schema, new Dictionary<string, string> { ["write.metadata.metrics.column.c102"] = "counts" }));

        var file = await WriteAsync(schema, [[.. Enumerable.Range(1, 103).Select(i => (object?)i)]], options);

        Assert.Equal([.. Enumerable.Range(1, 100), 102], file.ValueCounts!.Keys.Order());
        Assert.Equal(Enumerable.Range(1, 100), file.LowerBounds!.Keys.Order());
    }

    [Fact]
    public async Task PositionDeletes_HaveWholeBounds()
    {
        var schema = new Schema(0, [MetadataColumns.DeletedFilePath, MetadataColumns.DeletedPosition], []);
        var path = "s3://bucket/a/path/that/is/longer/than/a/bound/00000-0-data.parquet";

        var file = await WriteAsync(schema, [[path, 3L], [path, 9L]], new DataFileOptions { Metrics = MetricsMode.None });

        Assert.Equal((path, path), (Encoding.UTF8.GetString(file.LowerBounds![MetadataColumns.DeletedFilePath.Id]), Encoding.UTF8.GetString(file.UpperBounds![MetadataColumns.DeletedFilePath.Id])));
        Assert.Equal((3L, 9L), (BitConverter.ToInt64(file.LowerBounds[MetadataColumns.DeletedPosition.Id]), BitConverter.ToInt64(file.UpperBounds[MetadataColumns.DeletedPosition.Id])));
        Assert.Equal([$"('{path}',3)", $"('{path}',9)"], (await ReadAsync(file, schema, schema)).Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task UnknownColumn_IsNotInTheFileAndReadsAsNull()
    {
        var unknown = new PrimitiveType(PrimitiveKind.Unknown);
        var schema = new Schema(0, [new(1, "u", unknown, false), new(2, "n", Long, true), new(3, "s", new StructType([new(4, "u", unknown, false), new(5, "x", Int, false)]), false)], []);

        var file = await WriteAsync(schema, [[null, 7L, new object?[] { null, 1 }], [null, 8L, null]]);

        Assert.Equal([2, 5], file.ValueCounts!.Keys.Order());
        Assert.Equal(["(∅,7,(∅,1))", "(∅,8,∅)"], (await ReadAsync(file, schema, schema)).Select(r => Rows.Text(r)));
    }

    [Fact]
    public async Task RequiredColumn_AbsentWithoutDefault_IsInvalid()
    {
        var file = await WriteAsync(new Schema(0, [new(1, "a", Int, false)], []), [[1]]);
        var table = new Schema(0, [new(2, "must", Int, true)], []);
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => ReadAsync(file, table, table));
        Assert.Contains("'must'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoRows_WriteAFile_ThatReadsEmpty()
    {
        var schema = new Schema(0, [new(1, "a", Int, false)], []);
        var file = await WriteAsync(schema, []);
        Assert.Equal(0, file.RecordCount);
        Assert.Empty(await ReadAsync(file, schema, schema));
    }

    [Fact]
    public async Task RequiredColumn_WithANull_IsRefusedByName()
    {
        var schema = new Schema(0, [new(1, "a", Int, true)], []);
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => WriteAsync(schema, [[1], [null]]));
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData("ORC")]
    [InlineData("AVRO")]
    public async Task Format_NotParquet_IsRefusedByName(string format)
    {
        var schema = new Schema(0, [new(1, "a", Int, false)], []);
        var file = await WriteAsync(schema, [[1]]);
        var error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => ReadAsync(file with { FileFormat = format }, schema, schema));
        Assert.Contains(format, error.Message, StringComparison.Ordinal);
        Assert.Contains(file.FilePath, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_CutShortOrOfOtherLength_IsInvalid()
    {
        var schema = new Schema(0, [new(1, "a", Int, false), new(2, "s", Text, false)], []);
        var file = await WriteAsync(schema, [[1, "x"], [2, "y"]]);
        var bytes = await File.ReadAllBytesAsync(file.FilePath);
        foreach (var length in new[] { 0, 4, 11, bytes.Length / 2, bytes.Length - 1 })
        {
            var cut = NewPath();
            await File.WriteAllBytesAsync(cut, bytes[..length]);
            var error = await Assert.ThrowsAsync<InvalidFileException>(() => ReadAsync(file with { FilePath = cut }, schema, schema));
            Assert.Equal(cut, error.Location);
        }
    }

    [Fact]
    public async Task File_WithOtherRowsThanItsManifestSays_IsInvalid()
    {
        var schema = new Schema(0, [new(1, "a", Int, false)], []);
        var file = await WriteAsync(schema, [[1], [2]]);
        await Assert.ThrowsAsync<InvalidFileException>(() => ReadAsync(file with { RecordCount = 3 }, schema, schema));
    }

    [Fact]
    public async Task Column_OfAnUnrelatedType_IsInvalidRatherThanMisread()
    {
        var schema = new Schema(0, [new(1, "a", Text, false)], []);
        var file = await WriteAsync(schema, [["x"]]);
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => ReadAsync(file, new Schema(0, [new(1, "a", Long, false)], []), new Schema(0, [new(1, "a", Long, false)], [])));
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writer_NotCompleted_LeavesNothing()
    {
        var schema = new Schema(0, [new(1, "a", Int, false)], []);
        var path = NewPath();
        await using (var writer = await Format.CreateAsync(path, schema, DataFileOptions.Default, default))
        {
            await writer.WriteAsync(Rows.ToBatch(schema, [[1]]), default);
        }

        Assert.Empty(Directory.GetFiles(folder));
    }

    /// <summary>The adapter under test.</summary>
    protected abstract IDataFileFormat Create(IObjectStore storage);

    private static TableMetadata TableOf(Schema schema, Dictionary<string, string> properties) => new()
    {
        FormatVersion = 2,
        TableUuid = null,
        Location = "/t",
        LastColumnId = 200,
        LastUpdatedMs = 0,
        Schemas = [schema],
        CurrentSchemaId = 0,
        PartitionSpecs = [PartitionSpec.Unpartitioned],
        DefaultSpecId = 0,
        LastPartitionId = 999,
        Properties = properties,
    };

    private static HashSet<PrimitiveKind> Kinds(Schema schema) => [.. schema.Fields.SelectMany(f => Kinds(f.Type))];

    private static IEnumerable<PrimitiveKind> Kinds(IcebergType type) => type switch
    {
        StructType s => s.Fields.SelectMany(f => Kinds(f.Type)),
        ListType l => Kinds(l.Element),
        MapType m => Kinds(m.Key).Concat(Kinds(m.Value)),
        _ => [((PrimitiveType)type).Kind],
    };

    private static void CheckMetrics(NestedField field, IReadOnlyList<object?> values, DataFile file)
    {
        var type = (PrimitiveType)field.Type;
        Assert.Equal(values.Count, file.ValueCounts![field.Id]);
        Assert.Equal(values.Count(v => v is null), file.NullValueCounts![field.Id]);
        if (type.Kind is PrimitiveKind.Float or PrimitiveKind.Double)
        {
            Assert.Equal(values.Count(v => v is float.NaN or double.NaN), file.NanValueCounts![field.Id]);
        }

        var bounded = values.Where(v => v is not (null or float.NaN or double.NaN)).Select(v => v!).ToList();
        if (bounded.Count == 0)
        {
            Assert.False(file.LowerBounds!.ContainsKey(field.Id));
            Assert.False(file.UpperBounds!.ContainsKey(field.Id));
            return;
        }

        bounded.Sort((a, b) => SingleValue.Compare(a, b, type));
        var upper = SingleValue.TruncateUpper(bounded[^1], type);
        Assert.Equal(SingleValue.ToBinary(SingleValue.TruncateLower(bounded[0], type), type), file.LowerBounds![field.Id]);
        Assert.Equal(upper is null ? null : SingleValue.ToBinary(upper, type), file.UpperBounds!.GetValueOrDefault(field.Id));
    }

    private string NewPath() => Path.Combine(folder, $"{Guid.NewGuid():N}.parquet");

    private async Task ComesBackAsync(Schema schema, List<object?[]> rows)
    {
        var back = await ReadAsync(await WriteAsync(schema, rows), schema, schema);
        Assert.Equal(rows.Select(r => Rows.Text(r)), back.Select(r => Rows.Text(r)));
    }

    private async Task<DataFile> WriteAsync(Schema schema, List<object?[]> rows, DataFileOptions? options = null)
    {
        await using var writer = await Format.CreateAsync(NewPath(), schema, options ?? DataFileOptions.Default, default);
        using var batch = Rows.ToBatch(schema, rows);
        await writer.WriteAsync(batch, default);
        return await writer.CompleteAsync(default);
    }

    private async Task<List<object?[]>> ReadAsync(DataFile file, Schema table, Schema projection, PartitionSpec? spec = null, long sequenceNumber = 0, Filter? residual = null)
    {
        var rows = new List<object?[]>();
        await foreach (var batch in Format.ReadAsync(new FileScanTask(file, file.FilePath, spec ?? PartitionSpec.Unpartitioned, table, residual ?? Filter.True, null, sequenceNumber, []), projection, default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, projection));
            }
        }

        return rows;
    }
}
