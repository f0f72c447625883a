using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Features.Core.Engine;

namespace Features.DuckDb.Tests.Engine;

/// <summary>What every SQL engine behind the port must do. An adapter derives from it.</summary>
public abstract class SqlEngineConformance : IAsyncLifetime
{
    private protected ISqlEngine Engine { get; private set; } = null!;

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("sql-engine-").FullName;

    protected abstract ISqlEngine Open();

    public ValueTask InitializeAsync()
    {
        Engine = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected ValueTask<ISqlSession> Session(SqlTrust trust = SqlTrust.Pipeline) => Engine.OpenAsync(trust, Token);

    [Fact]
    public async Task Query_EveryType_ComesAsItsArrowType()
    {
        await using var session = await Session();
        var table = await session.Rows("""
            SELECT true AS b, 1::TINYINT AS i8, 2::SMALLINT AS i16, 3::INTEGER AS i32, 4::BIGINT AS i64, 1.5::FLOAT AS f, 2.5::DOUBLE AS d,
                   DATE '2001-01-02' AS day, TIME '01:02:03.000004' AS at, TIMESTAMP '2001-01-02 03:04:05.000006' AS ts, TIMESTAMPTZ '2001-01-02 03:04:05+00' AS tz,
                   123.45::DECIMAL(9,2) AS dec9, 1234567890123.45::DECIMAL(30,2) AS dec30, 'text' AS s, 'a string of more than twelve bytes' AS long,
                   'ab'::BLOB AS bin, '00112233-4455-6677-8899-aabbccddeeff'::UUID AS id
            """);
        var schema = table.Schema;
        Assert.Equal(["b", "i8", "i16", "i32", "i64", "f", "d", "day", "at", "ts", "tz", "dec9", "dec30", "s", "long", "bin", "id"], schema.FieldsList.Select(f => f.Name));
        Assert.IsType<BooleanType>(schema.GetFieldByName("b").DataType);
        Assert.Equal(TimeUnit.Microsecond, Assert.IsType<TimestampType>(schema.GetFieldByName("ts").DataType).Unit);
        Assert.Null(((TimestampType)schema.GetFieldByName("ts").DataType).Timezone);
        Assert.Equal("UTC", ((TimestampType)schema.GetFieldByName("tz").DataType).Timezone);
        Assert.Equal((9, 2), Assert.IsType<Decimal128Type>(schema.GetFieldByName("dec9").DataType) is var t ? (t.Precision, t.Scale) : default);
        Assert.Equal("arrow.uuid", schema.GetFieldByName("id").Metadata["ARROW:extension:name"]);
        Assert.Equal(
            ["True", "1", "2", "3", "4", "1.5", "2.5", "2001-01-02", "3723000004", "978404645000006", "978404645000000", "123.45", "1234567890123.45", "text",
             "a string of more than twelve bytes", "6162", "00112233445566778899aabbccddeeff"],
            table.Rows.Single());
    }

    [Fact]
    public async Task Query_Nulls_AreNullInEveryBatch()
    {
        await using var session = await Session();
        var table = await session.Rows("SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS n, CASE WHEN i % 5 = 0 THEN NULL ELSE 'row ' || i END AS s, i % 7 = 0 AS b FROM range(50000) AS t(i) ORDER BY i");
        Assert.Equal(50_000, table.Rows.Count);
        for (var i = 0; i < table.Rows.Count; i++)
        {
            Assert.Equal([i % 3 == 0 ? null : $"{i}", i % 5 == 0 ? null : $"row {i}", $"{i % 7 == 0}"], table.Rows[i]);
        }
    }

    [Fact]
    public async Task Query_NestedTypes_KeepTheirValues()
    {
        await using var session = await Session();
        var table = await session.Rows("""
            SELECT * FROM (VALUES
                (1, [1, 2, NULL], {'a': 1, 'b': 'x'}, MAP {'k': 1, 'l': NULL}, [{'p': [1]}, {'p': []}]),
                (2, NULL, NULL, NULL, NULL),
                (3, [], {'a': NULL, 'b': NULL}, MAP {}, [NULL])) AS t(id, li, st, ma, deep) ORDER BY id
            """);
        Assert.Equal(
            [["1", "[1,2,null]", "{a:1,b:x}", "[{key:k,value:1},{key:l,value:null}]", "[{p:[1]},{p:[]}]"], ["2", null, null, null, null], ["3", "[]", "{a:null,b:null}", "[]", "[null]"]],
            table.Rows);
    }

    [Fact]
    public async Task Query_SumOfIntegers_IsDecimal38()
    {
        await using var session = await Session();
        var table = await session.Rows("SELECT sum(i) AS total FROM range(10) AS t(i)");
        Assert.Equal((38, 0), Assert.IsType<Decimal128Type>(table.Schema.FieldsList[0].DataType) is var t ? (t.Precision, t.Scale) : default);
        Assert.Equal("45", table.Rows.Single()[0]);
    }

    [Fact]
    public async Task Describe_OfASelect_IsTheSchemaThatQueryYields()
    {
        await using var session = await Session();
        const string Sql = "SELECT i AS \"Id\", [i] AS li, {'a': i} AS st, i::DECIMAL(12,3) AS d, now() AS n FROM range(3) AS t(i)";
        var described = await session.DescribeAsync(Sql, Token);
        var table = await session.Rows(Sql);
        Assert.Equal(
            table.Schema.FieldsList.Select(f => (f.Name, f.DataType.Name)),
            described.FieldsList.Select(f => (f.Name, f.DataType.Name)));
    }

    [Fact]
    public async Task Describe_OfAnEndlessSelect_ReturnsAtOnce()
    {
        await using var session = await Session();
        var described = await session.DescribeAsync("SELECT sum(a.i * b.i) AS s FROM range(10000000) AS a(i), range(10000000) AS b(i)", Token);
        Assert.Equal("s", described.FieldsList.Single().Name);
    }

    [Fact]
    public async Task Sessions_OfOneEngine_DoNotSeeEachOthersRelations()
    {
        await using var one = await Session();
        await using var other = await Session();
        await one.MaterializeAsync("mine", "SELECT 1 AS a", Token);
        await other.MaterializeAsync("mine", "SELECT 2 AS a", Token);
        Assert.Equal("1", (await one.Rows("SELECT a FROM mine")).Rows.Single()[0]);
        Assert.Equal("2", (await other.Rows("SELECT a FROM mine")).Rows.Single()[0]);
        await one.MaterializeAsync("only_one", "SELECT 1 AS a", Token);
        await Assert.ThrowsAsync<SqlException>(() => other.Rows("SELECT a FROM only_one"));
    }

    [Fact]
    public async Task Materialize_RunsTheSelectOnce_AndCountsItsRows()
    {
        await using var session = await Session();
        Assert.Equal(1_000, await session.MaterializeAsync("ns.kept", "SELECT i, random() AS r FROM range(1000) AS t(i)", Token));
        Assert.Equal((await session.Rows("SELECT sum(r) FROM ns.kept")).Rows.Single(), (await session.Rows("SELECT sum(r) FROM ns.kept")).Rows.Single());
    }

    [Fact]
    public async Task Materialize_OverItself_Replaces()
    {
        await using var session = await Session();
        await session.MaterializeAsync("t", "SELECT 1 AS a", Token);
        await session.MaterializeAsync("t", "SELECT a + 1 AS a FROM t", Token);
        Assert.Equal("2", (await session.Rows("SELECT a FROM t")).Rows.Single()[0]);
    }

    [Fact]
    public async Task Query_ThatDoesNotParse_QuotesThePlace()
    {
        await using var session = await Session();
        var fault = await Assert.ThrowsAsync<SqlException>(() => session.Rows("SELECT a FRM t WHERE"));
        Assert.Contains("LINE 1:", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        Assert.Equal("SELECT a FRM t WHERE", fault.Sql);
    }

    [Theory]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("CREATE TABLE t (a INTEGER)")]
    [InlineData("COPY (SELECT 1) TO 'out.csv'")]
    [InlineData("SET threads = 1")]
    public async Task Query_OfSomethingElseThanOneSelect_IsRefused(string sql)
    {
        foreach (var trust in Enum.GetValues<SqlTrust>())
        {
            await using var session = await Session(trust);
            await Assert.ThrowsAsync<SqlException>(() => session.Rows(sql));
            await Assert.ThrowsAsync<SqlException>(() => session.DescribeAsync(sql, Token));
            await Assert.ThrowsAsync<SqlException>(() => session.MaterializeAsync("x", sql, Token));
        }
    }

    [Fact]
    public async Task Query_Cancelled_StopsTheEngineAndLeavesTheSessionUsable()
    {
        await using var session = await Session();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.Rows("SELECT sum(a.i * b.i) AS s FROM range(10000000) AS a(i), range(10000000) AS b(i)", cancel.Token));
        Assert.Equal("1", (await session.Rows("SELECT 1")).Rows.Single()[0]);
    }

    [Fact]
    public async Task Query_OfManyRows_HoldsABoundedPartOfThem()
    {
        await using var session = await Session();
        long rows = 0, largest = 0;
        await foreach (var batch in session.QueryAsync("SELECT i, i * 2 AS j, repeat('x', 100) AS s FROM range(3000000) AS t(i)", Token))
        {
            using (batch)
            {
                rows += batch.Length;
                largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: false));
                Assert.InRange(batch.Length, 1, 20_000);
            }
        }

        Assert.Equal(3_000_000, rows);
        Assert.InRange(largest, 0, 200L << 20);
    }

    [Fact]
    public async Task AddBatches_EveryType_ComesBackUnchanged()
    {
        await using var source = await Session();
        const string Sql = """
            SELECT i, i % 2 = 0 AS b, i::TINYINT AS i8, i::USMALLINT AS u16, i::UBIGINT AS u64, i / 4 AS d, (i / 4)::FLOAT AS f, i::DECIMAL(9,3) AS de, i::DECIMAL(38,5) AS big,
                   DATE '2001-01-01' + i::INTEGER AS day, TIME '00:00:01' + to_microseconds(i) AS at, TIMESTAMP '2001-01-01' + to_hours(i) AS ts, TIMESTAMPTZ '2001-01-01 00:00:00+00' + to_hours(i) AS tz,
                   CASE WHEN i % 3 = 0 THEN NULL ELSE 'value ' || i || repeat('y', i::INTEGER) END AS s, ('b' || i)::BLOB AS bin, ['e' || i, NULL, 'f'] AS li, {'x': i, 'y': 'z' || i} AS st, MAP {'k': i} AS ma,
                   md5(i::VARCHAR)::UUID AS id
            FROM range(100) AS t(i) ORDER BY i
            """;
        var expected = await source.Rows(Sql);
        await using var session = await Session();
        await session.AddBatchesAsync("ns.copied", await source.DescribeAsync(Sql, Token), source.QueryAsync(Sql, Token), Token);
        var actual = await session.Rows("SELECT * FROM ns.copied ORDER BY i");
        Assert.Equal(expected.Rows, actual.Rows);
        Assert.Equal(expected.Schema.FieldsList.Select(f => (f.Name, f.DataType.Name)), actual.Schema.FieldsList.Select(f => (f.Name, f.DataType.Name)));
    }

    [Fact]
    public async Task AddBatches_SlicedBatches_AddOnlyTheSlice()
    {
        var schema = new Schema([new Field("n", Int64Type.Default, true), new Field("s", StringType.Default, true)], null);
        var batch = new RecordBatch(
            schema,
            [new Int64Array.Builder().AppendRange(Enumerable.Range(0, 100).Select(i => (long)i)).Build(), new StringArray.Builder().AppendRange(Enumerable.Range(0, 100).Select(i => $"s{i}")).Build()],
            100);
        await using var session = await Session();
        await session.AddBatchesAsync("t", schema, new[] { batch.SliceShared(13, 20), batch.SliceShared(50, 1) }.ToAsyncEnumerable(), Token);
        Assert.Equal(
            Enumerable.Range(13, 20).Append(50).Select(i => $"{i}|s{i}"),
            (await session.Rows("SELECT n, s FROM t")).Rows.Select(r => string.Join('|', r)));
    }

    [Fact]
    public async Task AddFile_Csv_IsTextWithTheRowsPosition()
    {
        var path = Path.Combine(Folder, "in.csv");
        await using (var writer = new StreamWriter(path))
        {
            await writer.WriteLineAsync("id,\"Text, quoted\",n");
            for (var i = 0; i < 200_000; i++)
            {
                await writer.WriteLineAsync(i % 1000 == 7 ? $"{i},\"two\nlines\",{i}" : $"{i},plain,{i}");
            }
        }

        await using var session = await Session();
        await session.AddFileAsync("source", new SourceFile(path, SourceFormat.Csv), Token);
        var table = await session.Rows("SELECT count(*), count(*) FILTER (id::BIGINT = _row_no), typeof(min(n)), min(typeof(_row_no)) FROM source");
        Assert.Equal(["200000", "200000", "VARCHAR", "BIGINT"], table.Rows.Single());
        Assert.Equal("two\nlines", (await session.Rows("SELECT \"Text, quoted\" FROM source WHERE _row_no = 1007")).Rows.Single()[0]);
    }

    [Theory]
    [InlineData("id,s,n\n1,a,2\n \n", new[] { " ||" })]
    [InlineData("id,s,n\n1,a,2\n7,b\n", new[] { "7|b|" })]
    [InlineData("id,s,n\n1;2,a|b,\"say \"\"x\"\"\"\n", new string[0])]
    public async Task AddFile_CsvWithShortLinesOrOtherMarks_KeepsItsHeaderAndPadsWithNull(string text, string[] after)
    {
        var path = Path.Combine(Folder, "odd.csv");
        await File.WriteAllTextAsync(path, text, Token);
        await using var session = await Session();
        await session.AddFileAsync("source", new SourceFile(path, SourceFormat.Csv), Token);
        var table = await session.Rows("SELECT * EXCLUDE (_row_no) FROM source ORDER BY _row_no");
        Assert.Equal(["id", "s", "n"], table.Schema.FieldsList.Select(f => f.Name));
        Assert.Equal(after, table.Rows.Skip(1).Select(r => string.Join('|', r)));
        Assert.Equal(after.Length == 0 ? "1;2/a|b/say \"x\"" : "1/a/2", string.Join('/', table.Rows[0]));
    }

    [Fact]
    public async Task AddFile_CsvWithMoreCellsThanNames_KeepsThemApart()
    {
        var path = Path.Combine(Folder, "wide.csv");
        await File.WriteAllTextAsync(path, "id,s\n1,a\n2,b,c,\"d,e\"\n3,f,\n", Token);
        await using var session = await Session();
        await session.AddFileAsync("source", new SourceFile(path, SourceFormat.Csv), Token);
        var table = await session.Rows("SELECT * FROM source ORDER BY _row_no");
        Assert.Equal(["id", "s", "_extra", "_row_no"], table.Schema.FieldsList.Select(f => f.Name));
        Assert.Equal([["1", "a", null, "0"], ["2", "b", "c,d,e", "1"], ["3", "f", null, "2"]], table.Rows);
    }

    [Fact]
    public async Task AddFile_Json_IsTextOfTheTopLevelValues()
    {
        var path = Path.Combine(Folder, "in.jsonl");
        await File.WriteAllLinesAsync(path, ["""{"id": 1, "s": "text", "o": {"a": [1, 2]}}""", """{"id": 123456789012345678901234567890, "extra \"q\"": true, "s": null}"""], Token);
        await using var session = await Session();
        await session.AddFileAsync("source", new SourceFile(path, SourceFormat.Json), Token);
        var table = await session.Rows("SELECT * FROM source ORDER BY _row_no");
        Assert.Equal(["id", "s", "o", "extra \"q\"", "_row_no"], table.Schema.FieldsList.Select(f => f.Name));
        Assert.Equal([["1", "text", """{"a":[1,2]}""", null, "0"], ["123456789012345678901234567890", null, null, "true", "1"]], table.Rows);
    }

    [Fact]
    public async Task AddFile_ArrowFileAndStream_KeepTheirTypes()
    {
        await using var session = await Session();
        const string Sql = "SELECT i, 'v' || i AS s FROM range(40000) AS t(i)";
        var schema = await session.DescribeAsync(Sql, Token);
        foreach (var isFile in new[] { true, false })
        {
            var path = Path.Combine(Folder, $"in-{isFile}.arrow");
            await using (var stream = File.Create(path))
            {
                using var writer = isFile ? new ArrowFileWriter(stream, schema) : new ArrowStreamWriter(stream, schema);
                await foreach (var batch in session.QueryAsync(Sql, Token))
                {
                    using (batch)
                    {
                        await writer.WriteRecordBatchAsync(batch, Token);
                    }
                }

                await writer.WriteEndAsync(Token);
            }

            await session.AddFileAsync("source", new SourceFile(path, SourceFormat.Arrow), Token);
            Assert.Equal(["40000", "40000", "v39999"], (await session.Rows("SELECT count(*), count(*) FILTER (i = _row_no), max_by(s, i) FROM source")).Rows.Single());
        }
    }

    [Theory]
    [InlineData(SourceFormat.Parquet)]
    [InlineData(SourceFormat.Json)]
    [InlineData(SourceFormat.Arrow)]
    public async Task AddFile_OfAnotherFormat_NamesTheFileAndTheFault(SourceFormat format)
    {
        var path = Path.Combine(Folder, "broken.bin");
        await File.WriteAllTextAsync(path, "this is neither Parquet nor JSON nor Arrow", Token);
        await using var session = await Session();
        var fault = await Assert.ThrowsAsync<SqlException>(() => session.AddFileAsync("source", new SourceFile(path, format), Token));
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddFile_ThatIsMissing_NamesTheFile()
    {
        await using var session = await Session();
        var fault = await Assert.ThrowsAsync<SqlException>(() => session.AddFileAsync("source", new SourceFile("/nowhere/x.csv", SourceFormat.Csv), Token));
        Assert.Contains("/nowhere/x.csv", fault.Message, StringComparison.Ordinal);
    }
}
