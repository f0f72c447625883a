using Features.Core.Engine;
using Features.DuckDb.DataFiles;
using Features.DuckDb.Scans;
using Features.DuckDb.Tests.Engine;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using static Features.DuckDb.Tests.Scans.ParquetTable;

namespace Features.DuckDb.Tests.Scans;

/// <summary>Files written with one schema, read with another; each case through the SQL session and through the data file format, which must agree.</summary>
public sealed class FieldResolutionTests : IAsyncLifetime
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 2 });
    private readonly ParquetTable files = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        files.Dispose();
    }

    [Fact]
    public async Task TopLevel_RenamedReorderedDroppedAdded_FollowsTheIds()
    {
        var file = files.Write("SELECT 1::INTEGER AS a, 'x' AS b, 2.5::FLOAT AS gone", "{a: 1, b: 2, gone: 3}");
        var schema = Schema((2, "a", "string"), (1, "b", "int"), (4, "gone", "double"));
        Assert.Equal([["x", "1", null]], await Read(schema, file));
    }

    [Fact]
    public void TopLevel_NamesThatDifferByCaseAlone_AreReadAsTheEngineNumbersThem()
    {
        ParquetColumn Column(string name, int id) => new(name, id, ParquetShape.Primitive, "INTEGER", []);
        var schema = Schema((1, "id", "int"), (2, "ID", "int"), (3, "id_1", "int"), (4, "Id", "int"));
        var list = new ColumnResolution(ParquetTable.Task(schema, "file")).SelectList(
            schema, [Column("id", 1), Column("ID", 2), Column("id_1", 3), Column("Id", 4)]);
        Assert.Equal("\"id\" AS \"id\", \"ID_1\" AS \"ID\", \"id_1_1\" AS \"id_1\", \"Id_2\" AS \"Id\"", list);
    }

    [Fact]
    public async Task Types_Widened_KeepTheirValues()
    {
        var file = files.Write("SELECT 7::INTEGER AS i, 1.5::FLOAT AS f, 1.25::DECIMAL(5,2) AS d, DATE '2001-02-03' AS day", "{i: 1, f: 2, d: 3, day: 4}");
        var schema = Schema((1, "i", "long"), (2, "f", "double"), (3, "d", new PrimitiveType(PrimitiveKind.Decimal, 20, 2)), (4, "day", "timestamp"));
        Assert.Equal([["7", "1.5", "1.25", "981158400000000"]], await Read(schema, file));
    }

    [Fact]
    public async Task Types_ThatDoNotWiden_AreRefusedByName()
    {
        var file = files.Write("SELECT 'x' AS a", "{a: 1}");
        var fault = await Assert.ThrowsAsync<InvalidFileException>(() => Read(Schema((1, "a", "int")), file));
        Assert.Contains("column 'a' is VARCHAR in the file, but INTEGER in the table", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddedColumn_TakesItsInitialDefault_AtEveryDepth()
    {
        var file = files.Write("SELECT 1::INTEGER AS id, {'p': 5::INTEGER} AS st", "{id: 1, st: {__duckdb_field_id: 2, p: 3}}");
        var schema = new Schema(0, [
            Field(1, "id", "int"),
            new NestedField(2, "st", new StructType([Field(3, "p", "int"), Field(4, "q", "string", "de'fault")]), false),
            Field(10, "l", "long", 5L), Field(11, "t", "timestamptz", 978_307_200_000_000L), Field(12, "day", "date", 11_323), Field(13, "dec", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), new System.Numerics.BigInteger(-5)),
            Field(14, "bin", "binary", new byte[] { 1, 255 }), Field(15, "f", "double", 0.1), Field(16, "none", "string"),
        ], []);
        Assert.Equal([["1", "{p:5,q:de'fault}", "5", "978307200000000", "2001-01-01", "-0.05", "01ff", "0.1", null]], await Read(schema, file));
    }

    [Fact]
    public async Task AddedStruct_ThatIsEmptyByDefault_TakesTheDefaultsOfItsFields()
    {
        var file = files.Write("SELECT 1::INTEGER AS id", "{id: 1}");
        var inner = new NestedField(4, "in", new StructType([Field(5, "deep", "long", 7L)]), false, InitialDefault: new Dictionary<int, object?>());
        var schema = new Schema(0, [Field(1, "id", "int"), new NestedField(2, "st", new StructType([Field(3, "a", "string", "x"), inner, Field(6, "none", "int")]), false, InitialDefault: new Dictionary<int, object?>())], []);
        Assert.Equal([["1", "{a:x,in:{deep:7},none:null}"]], await Read(schema, file));
    }

    [Fact]
    public async Task Times_WithoutAnnotation_AreWhatTheFormatPrescribes()
    {
        var file = files.Write("SELECT 11323::INTEGER AS d, 978307200000000::BIGINT AS t, -1::BIGINT AS z", "{d: 1, t: 2, z: 3}");
        Assert.Equal([["2001-01-01", "978307200000000", "-1"]], await Read(Schema((1, "d", "date"), (2, "t", "timestamp"), (3, "z", "timestamptz")), file));
    }

    [Fact]
    public async Task StructChildren_RenamedAndSwapped_FollowTheIds()
    {
        var file = files.Write("SELECT * FROM (VALUES ({'a': 1::INTEGER, 'b': 2::INTEGER}), (NULL), ({'a': NULL, 'b': 3})) AS t(st)", "{st: {__duckdb_field_id: 1, a: 2, b: 3}}");
        var schema = Schema((1, "renamed", Struct((3, "a", "int"), (2, "b", "long"))));
        Assert.Equal([["{a:2,b:1}"], [null], ["{a:3,b:null}"]], await Read(schema, file));
    }

    [Fact]
    public async Task StructChildren_AllDropped_KeepTheStructsNulls()
    {
        var file = files.Write("SELECT * FROM (VALUES ({'a': 1::INTEGER}), (NULL)) AS t(st)", "{st: {__duckdb_field_id: 1, a: 2}}");
        Assert.Equal([["{fresh:null}"], [null]], await Read(Schema((1, "st", Struct((9, "fresh", "string")))), file));
    }

    [Fact]
    public async Task ListOfStructs_FollowsTheIdsOfTheirFields()
    {
        var file = files.Write(
            "SELECT * FROM (VALUES ([{'k': 1::INTEGER, 'v': 'x'}, NULL, {'k': 2, 'v': NULL}]), ([]), (NULL)) AS t(li)",
            "{li: {__duckdb_field_id: 1, element: {__duckdb_field_id: 2, k: 3, v: 4}}}");
        var schema = Schema((1, "li", new ListType(2, Struct((4, "k", "string"), (3, "n", "long"), (9, "new", "int")), false)));
        Assert.Equal([["[{k:x,n:1,new:null},null,{k:null,n:2,new:null}]"], ["[]"], [null]], await Read(schema, file));
    }

    [Fact]
    public async Task MapOfStructs_FollowsTheIdsOfTheirFields()
    {
        var file = files.Write(
            "SELECT * FROM (VALUES (MAP {'x': {'p': 1::INTEGER, 'q': 2::INTEGER}}), (MAP {}), (NULL)) AS t(m)",
            "{m: {__duckdb_field_id: 1, key: 2, value: {__duckdb_field_id: 3, p: 4, q: 5}}}");
        var schema = Schema((1, "m", new MapType(2, Type("string"), 3, Struct((5, "p", "int"), (4, "q", "int")), false)));
        Assert.Equal([["[{key:x,value:{p:2,q:1}}]"], ["[]"], [null]], await Read(schema, file));
    }

    [Fact]
    public async Task ListOfLists_WidensAtTheBottom()
    {
        var file = files.Write("SELECT [[1::INTEGER, NULL], NULL, []] AS li", "{li: {__duckdb_field_id: 1, element: {__duckdb_field_id: 2, element: 3}}}");
        Assert.Equal([["[[1,null],null,[]]"]], await Read(Schema((1, "li", new ListType(2, new ListType(3, Type("long"), false), false))), file));
    }

    [Fact]
    public async Task FilesOfSeveralSchemas_ReadAsOneTable()
    {
        var old = files.Write("SELECT i::INTEGER AS id, {'a': i::INTEGER} AS st FROM range(3) AS t(i)", "{id: 1, st: {__duckdb_field_id: 2, a: 3}}");
        var newer = files.Write("SELECT {'z': i, 'a': 'new'} AS renamed, i AS id FROM range(3, 6) AS t(i)", "{renamed: {__duckdb_field_id: 2, z: 3, a: 4}, id: 1}");
        var schema = Schema((1, "id", "long"), (2, "st", Struct((3, "z", "long"), (4, "a", "string"))));
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        await session.AddTableAsync("ns.t", Plan(schema, old, newer, old), TestContext.Current.CancellationToken);
        Assert.Equal(
            ["0|{z:0,a:null}", "0|{z:0,a:null}", "1|{z:1,a:null}", "1|{z:1,a:null}", "2|{z:2,a:null}", "2|{z:2,a:null}", "3|{z:3,a:new}", "4|{z:4,a:new}", "5|{z:5,a:new}"],
            (await session.Rows("SELECT * FROM ns.t ORDER BY id")).Rows.Select(r => string.Join('|', r)));
    }

    [Fact]
    public async Task NoIds_WithNameMapping_AreResolvedByIt()
    {
        var file = files.Write("SELECT 1::INTEGER AS old_name, {'x': 2::INTEGER} AS st, [{'k': 3::INTEGER}] AS li, MAP {'a': {'v': 4::INTEGER}} AS m, 5 AS stranger", null);
        const string Mapping = """
            [{"field-id": 1, "names": ["id", "old_name"]}, {"field-id": 2, "names": ["st"], "fields": [{"field-id": 3, "names": ["x"]}]},
             {"field-id": 4, "names": ["li"], "fields": [{"field-id": 5, "names": ["element"], "fields": [{"field-id": 6, "names": ["k"]}]}]},
             {"field-id": 7, "names": ["m"], "fields": [{"field-id": 8, "names": ["key"]}, {"field-id": 9, "names": ["value"], "fields": [{"field-id": 10, "names": ["v"]}]}]}, {"names": ["unmapped"]}]
            """;
        var schema = Schema(
            (1, "id", "int"), (2, "st", Struct((3, "y", "int"))), (4, "li", new ListType(5, Struct((6, "kk", "int")), false)), (7, "m", new MapType(8, Type("string"), 9, Struct((10, "vv", "int")), false)), (11, "stranger", "int"));
        Assert.Equal([["1", "{y:2}", "[{kk:3}]", "[{key:a,value:{vv:4}}]", null]], await Read(schema, ParquetTable.Task(schema, file, Mapping)));
    }

    [Fact]
    public async Task NoIds_WithoutNameMapping_AreResolvedByTheNamesOfTheSchema()
    {
        var file = files.Write("SELECT 1::INTEGER AS id, {'x': 2::INTEGER} AS st, [{'k': 3::INTEGER}] AS li, MAP {'a': {'v': 4::INTEGER}} AS m, 5 AS stranger", null);
        var schema = Schema(
            (1, "ID", "int"), (2, "st", Struct((3, "x", "long"))), (4, "li", new ListType(5, Struct((6, "k", "int")), false)), (7, "m", new MapType(8, Type("string"), 9, Struct((10, "V", "int")), false)), (11, "missing", "int"));
        Assert.Equal([["1", "{x:2}", "[{k:3}]", "[{key:a,value:{V:4}}]", null]], await Read(schema, file));
    }

    [Fact]
    public async Task AbsentColumn_OfAnIdentityPartition_TakesItsValue()
    {
        var file = files.Write("SELECT 1::INTEGER AS id", "{id: 1}", "day=2001-01-01.parquet");
        var schema = Schema((1, "id", "int"), (2, "day", "date"), (3, "hour", "int"));
        var spec = new PartitionSpec(0, [new PartitionField(2, 1000, "day", Transform.Identity), new PartitionField(3, 1001, "hour_bucket", new Transform(TransformKind.Bucket, 4))]);
        Assert.Equal([["1", "2001-01-01", null]], await Read(schema, ParquetTable.Task(schema, file, null, spec, 11_323, 2)));
    }

    [Fact]
    public async Task HivePaths_AddNoColumns()
    {
        Directory.CreateDirectory(files.Path("id=9"));
        var file = files.Write("SELECT 1::INTEGER AS id", "{id: 1}", "id=9/part.parquet");
        Assert.Equal([["1"]], await Read(Schema((1, "id", "int")), file));
    }

    [Fact]
    public async Task Paths_WithWildcardCharacters_NameOneFile()
    {
        var file = files.Write("SELECT 1::INTEGER AS id", "{id: 1}", "[a]*.parquet");
        files.Write("SELECT 2::INTEGER AS id", "{id: 1}", "a.parquet");
        Assert.Equal([["1"]], await Read(Schema((1, "id", "int")), file));
        Assert.Equal([["1"]], await Read(Schema((1, "id", "int")), $"file://{file}"));
    }

    [Fact]
    public async Task QuotedNames_AreKept()
    {
        var file = files.Write("SELECT 1::INTEGER AS \"select\", {'a \"b''': 2::INTEGER} AS \"s t\"", "{\"select\": 1, \"s t\": {__duckdb_field_id: 2, \"a \"\"b'\": 3}}");
        Assert.Equal([["1", "{x y:2}"]], await Read(Schema((1, "a \"quoted\" 'name'", "int"), (2, "from", Struct((3, "x y", "int")))), file));
    }

    [Fact]
    public async Task NoFiles_ReadAsAnEmptyTable()
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        await session.AddTableAsync("t", Plan(Schema((1, "id", "int"), (2, "st", Struct((3, "a", "string")))), System.Array.Empty<FileScanTask>()), TestContext.Current.CancellationToken);
        Assert.Empty((await session.Rows("SELECT id, st.a FROM t")).Rows);
    }

    [Fact]
    public async Task ThousandsOfFiles_ReadAsOneTable()
    {
        var one = files.Write("SELECT 1::INTEGER AS id", "{id: 1}");
        var two = files.Write("SELECT 2::BIGINT AS id", "{id: 1}");
        var paths = Enumerable.Range(0, 3_000).Select(i => files.Copy(i % 2 == 0 ? one : two, $"copy-{i}.parquet")).ToArray();
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        await session.AddTableAsync("t", Plan(Schema((1, "id", "long")), paths), TestContext.Current.CancellationToken);
        Assert.Equal(["3000", "4500"], (await session.Rows("SELECT count(*), sum(id) FROM t")).Rows.Single());
    }

    [Fact]
    public async Task HundredsOfPartitionValues_ReadAsOneTable()
    {
        var file = files.Write("SELECT 1::INTEGER AS id", "{id: 1}");
        var schema = Schema((1, "id", "int"), (2, "p", "int"));
        var spec = new PartitionSpec(0, [new PartitionField(2, 1000, "p", Transform.Identity)]);
        var tasks = Enumerable.Range(0, 800).Select(i => ParquetTable.Task(schema, file, null, spec, i)).ToList();
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        await session.AddTableAsync("t", Plan(schema, tasks), TestContext.Current.CancellationToken);
        Assert.Equal(["800", "319600"], (await session.Rows("SELECT count(*), sum(p) FROM t")).Rows.Single());
    }

    [Theory]
    [InlineData("s3://bucket/a.parquet", "PARQUET", "s3://bucket/a.parquet", "storage")]
    [InlineData("/nowhere/a.orc", "ORC", "ORC", "unsupported")]
    [InlineData("/nowhere/a.parquet", "PARQUET", "/nowhere/a.parquet", "file-not-found")]
    public async Task Files_ThatCannotBeRead_AreNamed(string path, string format, string named, string code)
    {
        var schema = Schema((1, "id", "int"));
        var task = ParquetTable.Task(schema, path);
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        var fault = await Assert.ThrowsAnyAsync<IcebergException>(() => session.AddTableAsync("t", Plan(schema, [task with { File = task.File with { FileFormat = format } }]), TestContext.Current.CancellationToken));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Equal(code, fault.Code);
    }

    [Fact]
    public async Task DataFile_ThatIsBroken_IsNamed()
    {
        await File.WriteAllTextAsync(files.Path("broken.parquet"), "not a parquet file", TestContext.Current.CancellationToken);
        var schema = Schema((1, "id", "int"));
        var format = new DuckDbDataFiles(engine, new ParquetNetFormat(new LocalObjectStore()));
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        var added = await Assert.ThrowsAsync<InvalidFileException>(() => session.AddTableAsync("t", Plan(schema, files.Path("broken.parquet")), TestContext.Current.CancellationToken));
        Assert.Equal(files.Path("broken.parquet"), added.Location);
        var broken = await Assert.ThrowsAsync<InvalidFileException>(() => Rows(format, schema, ParquetTable.Task(schema, files.Path("broken.parquet"))));
        Assert.Equal(files.Path("broken.parquet"), broken.Location);
        await Assert.ThrowsAsync<NotFoundException>(() => Rows(format, schema, ParquetTable.Task(schema, files.Path("missing.parquet"))));
    }

    [Fact]
    public async Task DataFile_WithOtherRowsThanItsManifestSays_IsNamed()
    {
        var schema = Schema((1, "id", "int"));
        var task = ParquetTable.Task(schema, files.Write("SELECT range::INTEGER AS id FROM range(10)", "{id: 1}"));
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        var replaced = await Assert.ThrowsAsync<InvalidFileException>(
            () => session.AddTableAsync("t", Plan(schema, [task with { File = task.File with { RecordCount = 1_000 } }]), TestContext.Current.CancellationToken));
        Assert.Equal(task.Location, replaced.Location);
        Assert.Contains("it has 10 rows where its manifest says 1000", replaced.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataFile_OfEveryType_HasTheArrowTypesOfItsSchema()
    {
        var file = files.Write(
            "SELECT true AS b, 1::INTEGER AS i, 2 ::BIGINT AS l, 1.5::FLOAT AS f, 2.5::DOUBLE AS d, 1.25::DECIMAL(9,2) AS de, DATE '2001-01-01' AS da, TIME '01:00:00' AS ti, TIMESTAMP '2001-01-01' AS ts, "
            + "TIMESTAMPTZ '2001-01-01 00:00:00+00' AS tz, 's' AS s, '00112233-4455-6677-8899-aabbccddeeff'::UUID AS u, 'abcd'::BLOB AS fx, 'xyz'::BLOB AS bi, ['00112233-4455-6677-8899-aabbccddeeff'::UUID] AS li",
            "{b: 1, i: 2, l: 3, f: 4, d: 5, de: 6, da: 7, ti: 8, ts: 9, tz: 10, s: 11, u: 12, fx: 13, bi: 14, li: {__duckdb_field_id: 15, element: 16}}");
        var schema = Schema(
            (1, "b", new PrimitiveType(PrimitiveKind.Boolean)), (2, "i", "int"), (3, "l", "long"), (4, "f", "float"), (5, "d", "double"), (6, "de", new PrimitiveType(PrimitiveKind.Decimal, 9, 2)), (7, "da", "date"),
            (8, "ti", new PrimitiveType(PrimitiveKind.Time)), (9, "ts", "timestamp"), (10, "tz", "timestamptz"), (11, "s", "string"), (12, "u", "uuid"), (13, "fx", new PrimitiveType(PrimitiveKind.Fixed, Length: 4)), (14, "bi", "binary"),
            (15, "li", new ListType(16, Type("uuid"), false)));
        var format = new DuckDbDataFiles(engine, new ParquetNetFormat(new LocalObjectStore()));
        await foreach (var batch in format.ReadAsync(ParquetTable.Task(schema, file), schema, TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                Assert.Equal(
                    ArrowSchema.From(schema).FieldsList.Select(f => (f.Name, f.DataType.Name, f.Metadata[ArrowSchema.FieldIdKey])),
                    batch.Schema.FieldsList.Select(f => (f.Name, f.DataType.Name, f.Metadata[ArrowSchema.FieldIdKey])));
                Assert.Equal(
                    ["True", "1", "2", "1.5", "2.5", "1.25", "2001-01-01", "3600000000", "978307200000000", "978307200000000", "s", "00112233445566778899aabbccddeeff", "61626364", "78797a", "[00112233445566778899aabbccddeeff]"],
                    Enumerable.Range(0, batch.ColumnCount).Select(c => ResultRows.Text(batch.Column(c), 0)));
            }
        }
    }

    private Task<IReadOnlyList<string?[]>> Read(Schema schema, string file) => Read(schema, ParquetTable.Task(schema, file));

    private async Task<IReadOnlyList<string?[]>> Read(Schema schema, FileScanTask task)
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        await session.AddTableAsync("flights.departures", Plan(schema, [task]), TestContext.Current.CancellationToken);
        var queried = await session.Rows("SELECT * FROM flights.departures");
        Assert.Equal(schema.Fields.Select(f => f.Name), queried.Schema.FieldsList.Select(f => f.Name));
        Assert.Equal(queried.Rows, await Rows(new DuckDbDataFiles(engine, new ParquetNetFormat(new LocalObjectStore())), schema, task));
        return queried.Rows;
    }

    private static async Task<IReadOnlyList<string?[]>> Rows(DuckDbDataFiles format, Schema schema, FileScanTask task) =>
        (await ResultRows.Of(ArrowSchema.From(schema), format.ReadAsync(task, schema, TestContext.Current.CancellationToken))).Rows;
}
