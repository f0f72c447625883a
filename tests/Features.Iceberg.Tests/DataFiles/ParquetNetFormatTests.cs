using DuckDB.NET.Data;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles.ParquetReading;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.DataFiles;

public sealed class ParquetNetFormatTests : DataFileFormatConformance
{
    private readonly Warehouse warehouse = new();

    public override void Dispose()
    {
        warehouse.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task File_WithoutIds_IsReadByTheNameMapping()
    {
        var file = Foreign("SELECT 1 AS old, {'in': 2} AS s, [{'e': 3}] AS l, MAP {'k': 4} AS m, 5 AS unmapped");
        var schema = new Schema(
            0,
            [
                new(10, "a", new PrimitiveType(PrimitiveKind.Long), false),
                new(20, "s", new StructType([new(21, "renamed", new PrimitiveType(PrimitiveKind.Int), false)]), false),
                new(30, "l", new ListType(31, new StructType([new(32, "f", new PrimitiveType(PrimitiveKind.Int), false)]), false), false),
                new(40, "m", new MapType(41, new PrimitiveType(PrimitiveKind.String), 42, new PrimitiveType(PrimitiveKind.Int), false), false),
                new(50, "unmapped", new PrimitiveType(PrimitiveKind.Int), false),
            ],
            []);
        const string mapping = """
            [{"field-id":10,"names":["a","old"]},{"field-id":20,"names":["s"],"fields":[{"field-id":21,"names":["in"]}]},
             {"field-id":30,"names":["l"],"fields":[{"field-id":31,"names":["element"],"fields":[{"field-id":32,"names":["e"]}]}]},
             {"field-id":40,"names":["m"],"fields":[{"field-id":41,"names":["key"]},{"field-id":42,"names":["value"]}]}]
            """;
        Assert.Equal(["(1,(2),[(3)],{'k':4},∅)"], await ReadAsync(file, schema, mapping));
    }

    [Fact]
    public async Task File_WithoutIdsOrMapping_IsReadByTheNamesOfTheSchema()
    {
        var file = Foreign("SELECT 1 AS A, {'in': 2} AS s");
        var schema = new Schema(0, [new(7, "a", new PrimitiveType(PrimitiveKind.Int), false), new(8, "s", new StructType([new(9, "in", new PrimitiveType(PrimitiveKind.Int), false)]), false)], []);
        Assert.Equal(["(1,(2))"], await ReadAsync(file, schema, null));
    }

    [Fact]
    public void List_WrittenAsARepeatedGroupOfTwoFields_IsNamedAsAList()
    {
        // What Avro's writer makes of array<struct<a, b>> by default.
        SchemaElement Group(string name, Repetition? repetition, int children, ConvertedType? converted = null) => new(name, null, 0, repetition, children, converted, 0, 0, null, null);
        SchemaElement Leaf(string name) => new(name, PhysicalKind.Int32, 0, Repetition.Optional, 0, null, 0, 0, null, null);
        var nodes = FileNode.Read([Group("root", null, 1), Group("l", Repetition.Optional, 1, ConvertedType.List), Group("array", Repetition.Repeated, 2), Leaf("a"), Leaf("b")]);
        NameMapping.Apply(
            nodes,
            """[{"field-id":1,"names":["l"],"fields":[{"field-id":2,"names":["element"],"fields":[{"field-id":3,"names":["a"]},{"field-id":4,"names":["b"]}]}]}]""",
            new Schema(0, [], []),
            "file");
        Assert.Equal([1, 2, 3, 4], nodes[0].Flatten().Select(n => n.FieldId));
    }

    [Theory]
    [InlineData(PrimitiveKind.Int, 7L, 7)]
    [InlineData(PrimitiveKind.Float, 1.5, 1.5f)]
    [InlineData(PrimitiveKind.Double, 1.5f, 1.5)]
    public void PartitionValue_OfAColumnWidenedSince_HasTheTypeOfTheSchemaBefore(PrimitiveKind kind, object partition, object read)
    {
        var schema = new Schema(0, [new(1, "p", new PrimitiveType(kind), false)], []);
        var file = new DataFile { FilePath = "f", FileFormat = "PARQUET", Partition = [partition], RecordCount = 1, FileSizeInBytes = 1 };
        var task = new FileScanTask(file, "f", new PartitionSpec(0, [new(1, 1000, "p", Transform.Identity)]), schema, Filter.True, null, 0, []);
        Assert.Equal(read, ColumnSource.Of(schema.Fields[0], task, isInFile: false).Otherwise);
    }

    [Fact]
    public async Task Mapping_ThatIsNoMapping_IsNamed()
    {
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => ReadAsync(Foreign("SELECT 1 AS a"), new Schema(0, [new(1, "a", new PrimitiveType(PrimitiveKind.Int), false)], []), "{"));
        Assert.Contains("schema.name-mapping.default", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_OfOtherWriters_AreNormalised()
    {
        var file = Foreign(
            """
            SELECT TIMESTAMP_MS '1969-12-31 23:59:59.999' AS ms, TIMESTAMP_NS '1969-12-31 23:59:59.999999999' AS ns, 200::UTINYINT AS tiny, 4000000000::UINTEGER AS wide, 1.5::DECIMAL(4,1) AS short,
              (-12345678901234567890.5)::DECIMAL(30,1) AS long, 'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID AS uuid, TIME '00:00:01.000002' AS t, true AS b
            """);
        var schema = new Schema(
            0,
            [
                new(1, "ms", new PrimitiveType(PrimitiveKind.Timestamp), false),
                new(2, "ns", new PrimitiveType(PrimitiveKind.Timestamp), false),
                new(3, "tiny", new PrimitiveType(PrimitiveKind.Int), false),
                new(4, "wide", new PrimitiveType(PrimitiveKind.Long), false),
                new(5, "short", new PrimitiveType(PrimitiveKind.Decimal, 20, 1), false),
                new(6, "long", new PrimitiveType(PrimitiveKind.Decimal, 38, 1), false),
                new(7, "uuid", new PrimitiveType(PrimitiveKind.Uuid), false),
                new(8, "t", new PrimitiveType(PrimitiveKind.Time), false),
                new(9, "b", new PrimitiveType(PrimitiveKind.Boolean), false),
            ],
            []);
        Assert.Equal(["(-1000,-1,200,4000000000,15,-123456789012345678905,f79c3e09-677c-4bbd-a479-3f349cb785e7,1000002,True)"], await ReadAsync(file, schema, null));
    }

    [Fact]
    public async Task Bytes_ChangedAnywhere_AreAnErrorOrAsManyRows()
    {
        var schema = new Schema(0, [new(1, "n", new PrimitiveType(PrimitiveKind.Long), false), new(2, "s", new PrimitiveType(PrimitiveKind.String), false), new(3, "l", new ListType(4, new PrimitiveType(PrimitiveKind.Int), false), false)], []);
        await using var writer = await Create(warehouse.Storage).CreateAsync(Path.Combine(warehouse.Folder, "whole.parquet"), schema, DataFileOptions.Default, default);
        await writer.WriteAsync(Rows.ToBatch(schema, [.. Enumerable.Range(0, 50).Select(i => new object?[] { (long)i, $"s{i % 7}", new List<object?> { i, null } })]), default);
        var whole = await writer.CompleteAsync(default);
        var bytes = await File.ReadAllBytesAsync(whole.FilePath);
        var path = Path.Combine(warehouse.Folder, "changed.parquet");
        await Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte[1, 255]).SampleAsync(
            async (at, change) =>
            {
                var changed = bytes.ToArray();
                changed[at] ^= change;
                await File.WriteAllBytesAsync(path, changed);
                try
                {
                    Assert.Equal(50, (await ReadAsync(whole with { FilePath = path }, schema, null)).Count);
                }
                catch (IcebergException)
                {
                    // As it should be.
                }
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public async Task RowGroups_ThatCannotMatch_AreNotRead()
    {
        var schema = new Schema(0, [new(1, "n", new PrimitiveType(PrimitiveKind.Int), true)], []);
        await using var writer = await Create(warehouse.Storage).CreateAsync(Path.Combine(warehouse.Folder, "groups.parquet"), schema, DataFileOptions.Default with { RowGroupBytes = 40_000 }, default);
        await writer.WriteAsync(Rows.ToBatch(schema, [.. Enumerable.Range(0, 100_000).Select(i => new object?[] { i })]), default);
        var file = await writer.CompleteAsync(default);
        var wide = schema with { Fields = [new(1, "n", new PrimitiveType(PrimitiveKind.Long), true)] };
        var task = new FileScanTask(file, file.FilePath, PartitionSpec.Unpartitioned, wide, Filter.Compare("n", Comparison.Equal, 55_555L), null, 0, []);
        var rows = new List<long>();
        await foreach (var batch in Create(warehouse.Storage).ReadAsync(task, wide, default))
        {
            rows.AddRange(Rows.Of(batch, wide).Select(r => (long)r[0]!));
        }

        Assert.InRange(rows.Count, 1, 20_000);
        Assert.Contains(55_555, rows);
    }

    protected override IDataFileFormat Create(IObjectStore storage) => new ParquetNetFormat(storage);

    private DataFile Foreign(string select)
    {
        var path = Path.Combine(warehouse.Folder, $"{Guid.NewGuid():N}.parquet");
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        using var command = duck.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = $"COPY ({select}) TO '{path}' (FORMAT parquet)";
#pragma warning restore CA2100
        command.ExecuteNonQuery();
        return new DataFile { FilePath = path, FileFormat = "PARQUET", Partition = [], RecordCount = 1, FileSizeInBytes = new FileInfo(path).Length };
    }

    private async Task<List<string>> ReadAsync(DataFile file, Schema schema, string? mapping)
    {
        var rows = new List<string>();
        await foreach (var batch in Create(warehouse.Storage).ReadAsync(new FileScanTask(file, file.FilePath, PartitionSpec.Unpartitioned, schema, Filter.True, mapping, 0, []), schema, default))
        {
            rows.AddRange(Rows.Of(batch, schema).Select(Rows.Text));
        }

        return rows;
    }
}
