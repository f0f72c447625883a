using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Engine;
using Features.DuckDb.Batches;
using Features.DuckDb.Tests.Engine;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using ArrowSchema = Features.Iceberg.DataFiles.ArrowSchema;
using Schema = Features.Iceberg.Spec.Schema;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.DuckDb.Tests.Scans;

/// <summary>Columns of types that the engine does not have, in its SQL: variants are JSON, zoned nanoseconds are in UTC.</summary>
public sealed class TypesOfItsOwnTests : IAsyncDisposable
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 2 });
    private readonly SmallWarehouse warehouse = new();

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        warehouse.Dispose();
    }

    [Theory]
    [InlineData("iceberg_v3/trino_variant")]
    [InlineData("iceberg_v3/trino_nested_variant")]
    public async Task Variants_OfAnotherEngine_AreTheJsonOfTheLibrary(string name)
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var table = await FixtureTable.OpenAsync("impala", FixtureTable.Inventory("impala")!.First(t => t.GetProperty("table").GetString() == name));
        var plan = await table.NewScan().PlanAsync(default);
        var places = plan.Projection.Fields.Index().Where(f => f.Item.Type is PrimitiveType { Kind: PrimitiveKind.Variant }).Select(f => f.Index).ToList();
        var expected = new List<string>();
        await foreach (var batch in new ScanReader(new ParquetNetFormat(table.Storage), table.Storage).ReadAsync(plan, default))
        {
            using (batch)
            {
                expected.AddRange(Rows.Of(batch, plan.Projection).Select(r => string.Join(" | ", places.Select(p => r[p] ?? "∅"))));
            }
        }

        Assert.NotEmpty(places);
        Assert.NotEmpty(expected);
        foreach (var trust in Enum.GetValues<SqlTrust>())
        {
            await using var session = await engine.OpenAsync(trust, default);
            await session.AddTableAsync("given", plan, default);
            var rows = await session.Rows("FROM given");
            Assert.All(places, p => Assert.Equal("arrow.json", rows.Schema.GetFieldByIndex(p).Metadata["ARROW:extension:name"]));
            Assert.Equal(expected, rows.Rows.Select(r => string.Join(" | ", places.Select(p => r[p] ?? "∅"))));
        }
    }

    [Fact]
    public void Variants_AtAnyDepth_BecomeStringsInTheirPlaces()
    {
        var variant = new PrimitiveType(PrimitiveKind.Variant);
        var schema = ArrowSchema.From(new Schema(
            0,
            [
                new(1, "v", variant, false), new(2, "st", new StructType([new(3, "n", new PrimitiveType(PrimitiveKind.Long), false), new(4, "v", variant, false)]), false),
                new(5, "l", new Iceberg.Spec.ListType(6, variant, false), false), new(7, "m", new Iceberg.Spec.MapType(8, new PrimitiveType(PrimitiveKind.String), 9, variant, false), false),
            ],
            []));
        // The variants 1, true, nothing, and {"a": "xy"}, as the encoding has them.
        (string Metadata, string Value)?[] given = [("010000", "0C01"), ("010000", "04"), null, ("0101000161", "0201000003097879")];
        string?[] texts = ["1", "true", null, """{"a":"xy"}"""];
        var variants = Variants(given);
        var places = new ArrowBuffer(new byte[] { 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0 });
        var longs = new Int64Array.Builder().AppendRange([1, 2, 3, 4]).Build();
        var keys = new StringArray.Builder().AppendRange(["a", "b", "c", "d"]).Build();
        var map = (Apache.Arrow.Types.MapType)schema.GetFieldByIndex(3).DataType;
        var entries = new ArrayData(map.KeyValueType, 4, 0, 0, [ArrowBuffer.Empty], [keys.Data, variants]);
        using var batch = new RecordBatch(
            schema,
            [
                ArrowArrayFactory.BuildArray(variants),
                ArrowArrayFactory.BuildArray(new ArrayData(schema.GetFieldByIndex(1).DataType, 4, 0, 0, [ArrowBuffer.Empty], [longs.Data, variants])),
                ArrowArrayFactory.BuildArray(new ArrayData(schema.GetFieldByIndex(2).DataType, 4, 0, 0, [ArrowBuffer.Empty, places], [variants])),
                ArrowArrayFactory.BuildArray(new ArrayData(map, 4, 0, 0, [ArrowBuffer.Empty, places], [entries])),
            ],
            4);

        var target = EngineBatch.Of(schema);
        var held = EngineBatch.Of(batch, target);
        Assert.Equal(texts, Texts(held.Column(0)));
        Assert.Equal(texts, Texts(((StructArray)held.Column(1)).Fields[1]));
        Assert.Equal(texts, Texts(((ListArray)held.Column(2)).Values));
        Assert.Equal(texts, Texts(((MapArray)held.Column(3)).Values));
        Assert.Equal(texts[1..3], Texts(EngineBatch.Of(batch.Slice(1, 2), target).Column(0)));

        // The engine takes them as JSON, at every depth.
        Assert.Equal("JSON", ArrowSql.Columns(target).Split('"')[2].Trim(' ', ','));
        Assert.Contains("\"v\" JSON)", ArrowSql.Columns(target), StringComparison.Ordinal);
        Assert.Contains("JSON[]", ArrowSql.Columns(target), StringComparison.Ordinal);
        Assert.Contains("MAP(VARCHAR, JSON)", ArrowSql.Columns(target), StringComparison.Ordinal);
    }

    [Fact]
    public void Variants_ThatAreDamaged_AreRefused()
    {
        var schema = ArrowSchema.From(new Schema(0, [new(1, "v", new PrimitiveType(PrimitiveKind.Variant), false)], []));
        foreach (var (metadata, value) in new[] { ("010000", "14"), ("010000", ""), ("", "0C01"), ("010000", "0201000003097879") })
        {
            using var batch = new RecordBatch(schema, [ArrowArrayFactory.BuildArray(Variants([(metadata, value)]))], 1);
            Assert.Throws<InvalidDataException>(() => EngineBatch.Of(batch, EngineBatch.Of(schema)));
        }
    }

    [Fact]
    public async Task ZonedNanoseconds_KeepTheirDigitsInUtc_AndAreComparedAsTimes()
    {
        var type = new PrimitiveType(PrimitiveKind.TimestampTzNs);
        var schema = new Schema(0, [new(1, "ts", type, false), new(2, "st", new StructType([new(3, "ts", type, false)]), false)], []);
        var empty = await warehouse.CreateAsync("ns.t", schema, properties: new() { ["format-version"] = "3" });
        var table = await warehouse.AppendAsync(empty, [[1_700_000_000_123_456_789L, new object?[] { 5L }], [null, null], [-1L, new object?[] { null }]]);
        foreach (var trust in Enum.GetValues<SqlTrust>())
        {
            await using var session = await engine.OpenAsync(trust, default);
            await session.AddTableAsync("ns.t", await table.NewScan().PlanAsync(default), default);
            await session.AddTableAsync("ns.again", await table.NewScan().PlanAsync(default), default);
            await session.AddTableAsync("ns.empty", await empty.NewScan().PlanAsync(default), default);
            var rows = await session.Rows("SELECT * FROM ns.t ORDER BY ts DESC NULLS LAST");
            Assert.Equal(["1700000000123456789", "-1", null], rows.Rows.Select(r => r[0]));
            foreach (var relation in new[] { "ns.t", "ns.empty", "(FROM ns.t UNION ALL FROM ns.again)" })
            {
                var given = Assert.IsType<TimestampType>((await session.DescribeAsync($"FROM {relation}", default)).GetFieldByIndex(0).DataType);
                Assert.Equal((TimeUnit.Nanosecond, null), (given.Unit, given.Timezone));
            }

            Assert.Equal("1", (await session.Rows("SELECT count(*) FROM ns.t WHERE ts > TIMESTAMP '2023-01-01' AND epoch_ns(ts) % 1000 = 789 AND year(ts) = 2023")).Rows[0][0]);
            Assert.Equal("1700000000123456789", (await session.Rows("SELECT max(ts) FROM ns.t")).Rows[0][0]);
            Assert.Equal("2", (await session.Rows("SELECT count(*) FROM ns.t JOIN ns.again USING (ts)")).Rows[0][0]);
        }
    }

    private static ArrayData Variants((string Metadata, string Value)?[] values)
    {
        var (metadata, value, valid) = (new BinaryArray.Builder(), new BinaryArray.Builder(), new byte[1]);
        for (var i = 0; i < values.Length; i++)
        {
            metadata.Append(Convert.FromHexString(values[i]?.Metadata ?? "").AsSpan());
            value.Append(Convert.FromHexString(values[i]?.Value ?? "").AsSpan());
            valid[0] |= (byte)(values[i] is null ? 0 : 1 << i);
        }

        var type = ArrowSchema.FieldOf(new NestedField(1, "v", new PrimitiveType(PrimitiveKind.Variant), false)).DataType;
        return new(type, values.Length, values.Count(v => v is null), 0, [new ArrowBuffer(valid)], [metadata.Build().Data, value.Build().Data]);
    }

    private static IEnumerable<string?> Texts(IArrowArray array) => Enumerable.Range(0, array.Length).Select(i => ((StringArray)array).GetString(i));
}
