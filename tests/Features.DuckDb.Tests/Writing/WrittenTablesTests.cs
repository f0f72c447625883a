using CsCheck;
using Features.Core.Engine;
using Features.DuckDb.Tests.Scans;
using Features.Iceberg;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;

namespace Features.DuckDb.Tests.Writing;

/// <summary>Tables written by a session, read by the library without the engine.</summary>
public sealed class WrittenTablesTests : IAsyncDisposable
{
    private static readonly PrimitiveType Long = new(PrimitiveKind.Long), Text = new(PrimitiveKind.String);

    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 1 });
    private readonly SmallWarehouse warehouse = new();

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        warehouse.Dispose();
    }

    [Fact]
    public async Task Rows_OfEveryType_ComeBackWithTheirMetrics() => await AnyTable.RowsOf(Flat, 60).SampleAsync(
        async rows =>
        {
            var table = await warehouse.CreateAsync($"ns.t{Guid.NewGuid():N}", Flat);
            var files = await WriteAsync(table, rows);
            Assert.Equal(rows.Count == 0 ? 0 : 1, files.Count);
            Assert.Equal(rows.Select(Held), await ReadAsync(table, files));
            if (files.Count > 0)
            {
                await CheckMetricsAsync(table, rows, files[0]);
            }
        },
        iter: 25,
        threads: 1);

    [Fact]
    public async Task Rows_OfAnyNesting_ComeBackAsTheyWere() => await AnyTable.Schema.Where(s => s.AllFields().All(f => IsHeld(f.Type))).SelectMany(s => AnyTable.RowsOf(s, 30), (s, r) => (s, r)).SampleAsync(
        async c =>
        {
            var table = await warehouse.CreateAsync($"ns.t{Guid.NewGuid():N}", c.s);
            Assert.Equal(c.r.Select(Held), await ReadAsync(table, await WriteAsync(table, c.r)));
        },
        iter: 40,
        threads: 1);

    [Fact]
    public async Task Partitions_OfAnyTransforms_AreThoseOfTheBatchWriter()
    {
        var schema = new Schema(
            0,
            [
                new(1, "n", Long, false), new(2, "s", Text, false), new(3, "day", new PrimitiveType(PrimitiveKind.Date), false), new(4, "ts", new PrimitiveType(PrimitiveKind.Timestamp), false),
                new(5, "z", new PrimitiveType(PrimitiveKind.TimestampTz), false), new(6, "d", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), false), new(7, "i", new PrimitiveType(PrimitiveKind.Int), true),
                new(8, "st", new StructType([new(9, "u", new PrimitiveType(PrimitiveKind.Uuid), false)]), false),
            ],
            []);
        (int Id, Transform Transform)[] transforms =
        [
            (1, Transform.Identity), (1, new(TransformKind.Truncate, 7)), (1, new(TransformKind.Bucket, 4)), (2, Transform.Identity), (2, new(TransformKind.Truncate, 2)), (2, new(TransformKind.Bucket, 3)),
            (3, Transform.Identity), (3, new(TransformKind.Year)), (3, new(TransformKind.Month)), (3, new(TransformKind.Day)), (4, new(TransformKind.Year)), (4, new(TransformKind.Month)), (4, new(TransformKind.Day)),
            (4, new(TransformKind.Hour)), (5, Transform.Identity), (5, new(TransformKind.Month)), (5, new(TransformKind.Day)), (5, new(TransformKind.Hour)), (6, Transform.Identity), (7, new(TransformKind.Truncate, 1000)),
            (7, new(TransformKind.Void)), (9, Transform.Identity),
        ];
        await Gen.Select(Gen.Int[0, transforms.Length - 1], Gen.Int[0, transforms.Length - 1], Gen.Bool, AnyTable.RowsOf(schema, 25)).SampleAsync(
            async (a, b, descending, rows) =>
            {
                var spec = new PartitionSpec(0, [.. new[] { a, b }.Distinct().Select((t, i) => new PartitionField(transforms[t].Id, 1000 + i, $"p{i}", transforms[t].Transform))]);
                var order = new SortOrder(1, [new SortField(6, Transform.Identity, descending, NullsFirst: !descending)]);
                var table = await warehouse.CreateAsync($"ns.t{Guid.NewGuid():N}", schema, spec, order);
                var files = await WriteAsync(table, rows);
                var expected = await new PartitionedWriter(table, new ParquetNetFormat(warehouse.Storage)).WriteAsync(SmallWarehouse.One(Rows.ToBatch(table.Metadata.CurrentSchema, rows)), "x", default);
                Assert.Equal(await ByPartition(table, expected), await ByPartition(table, files));
                Assert.All(files, f => Assert.Equal(table.Metadata.DefaultSortOrderId, f.SortOrderId));
                foreach (var file in files)
                {
                    var values = await ReadAsync(table, [file], "d");
                    Assert.Equal(await ReadAsync(table, [expected.First(e => PartitionKey(e) == PartitionKey(file))], "d"), values);
                }
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public async Task Fixed_TakesBytesOfItsLength_AndRefusesOthers()
    {
        var type = new PrimitiveType(PrimitiveKind.Fixed, Length: 2);
        var schema = new Schema(0, [new(1, "f", type, false), new(2, "s", new StructType([new(3, "l", new ListType(4, type, false), false)]), false)], []);
        var table = await warehouse.CreateAsync("ns.t", schema);
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        var files = await session.WriteAsync(table, "SELECT 'ab'::BLOB AS f, {'l': ['cd'::BLOB, NULL]} AS s UNION ALL SELECT NULL, NULL", "run", default);
        Assert.Equal(["(6162,([6364,∅]))", "(∅,∅)"], await ReadAsync(table, files));
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => session.WriteAsync(table, "SELECT 'abc'::BLOB AS f", "run", default));
        Assert.Contains("fixed[2]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_StayBelowTheTargetSize_AndCommit()
    {
        var schema = new Schema(0, [new(1, "n", Long, true), new(2, "s", Text, false)], []);
        var table = await warehouse.CreateAsync("ns.t", schema, properties: new() { ["write.target-file-size-bytes"] = "2000000" });
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        var files = await session.WriteAsync(table, "SELECT i AS n, md5(i::VARCHAR) AS s FROM range(400000) AS t(i);", "run-1", default);
        Assert.InRange(files.Count, 3, 20);
        Assert.All(files, f => Assert.StartsWith("run-1-", Path.GetFileName(f.FilePath), StringComparison.Ordinal));
        Assert.All(files, f => Assert.Equal(new FileInfo(f.FilePath).Length, f.FileSizeInBytes));
        Assert.Equal(files.Count, Directory.GetFiles(table.DataFolder).Length);
        var committed = (await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(default)).Table;
        var plan = await (committed.NewScan() with { Filter = Filter.Compare("n", Comparison.Equal, 5L) }).PlanAsync(default);
        Assert.Equal(files.Count - 1, plan.Report.FilesSkipped);
        Assert.Equal(400_000, files.Sum(f => f.RecordCount));
    }

    [Fact]
    public async Task LongTextsAndFloatsWithNaNs_ArePrunedBy_AsMetricsModesSay()
    {
        var schema = new Schema(
            0,
            [
                new(1, "text", Text, false), new(2, "f", new PrimitiveType(PrimitiveKind.Float), false), new(3, "st", new StructType([new(8, "d", new PrimitiveType(PrimitiveKind.Double), false), new(9, "s", Text, false)]), false),
                new(4, "whole", Text, false), new(5, "counted", Text, false), new(6, "unknown", Text, false), new(7, "bytes", new PrimitiveType(PrimitiveKind.Binary), false),
            ],
            []);
        var table = await warehouse.CreateAsync("ns.t", schema, properties: new()
        {
            ["write.metadata.metrics.column.whole"] = "full", ["write.metadata.metrics.column.counted"] = "counts", ["write.metadata.metrics.column.unknown"] = "none", ["write.metadata.metrics.column.st.s"] = "truncate(3)",
        });
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        var files = new List<DataFile>();
        foreach (var letter in "amz")
        {
            var number = letter - 'a';
            var long_ = $"repeat('{letter}', 4000 + i::INTEGER)";
            files.AddRange(await session.WriteAsync(
                table,
                $"""
                SELECT {long_} AS text, CASE WHEN i = 3 THEN 'NaN'::FLOAT ELSE ({number} + i / 1000)::FLOAT END AS f,
                    struct_pack(d := CASE WHEN i < 2 THEN 'NaN'::DOUBLE ELSE {number} + i / 1000 END, s := {long_}) AS st, {long_} AS whole, {long_} AS counted, {long_} AS "unknown", encode({long_}) AS bytes
                FROM range(10) AS t(i)
                """,
                "a",
                default));
        }

        var first = files[0];
        Assert.Equal([1L, 2L], [first.NanValueCounts![2], first.NanValueCounts[8]]);
        Assert.Equal(new string('a', 16), SingleValue.FromBinary(first.LowerBounds![1], Text));
        Assert.Equal(new string('a', 15) + "b", SingleValue.FromBinary(first.UpperBounds![1], Text));
        Assert.Equal(("aaa", "aab"), (SingleValue.FromBinary(first.LowerBounds[9], Text), SingleValue.FromBinary(first.UpperBounds[9], Text)));
        Assert.Equal(new string('a', 4009), SingleValue.FromBinary(first.UpperBounds[4], Text));
        Assert.Equal(16, first.UpperBounds[7].Length);
        Assert.DoesNotContain(5, first.LowerBounds.Keys);
        Assert.Contains(5, first.ValueCounts!.Keys);
        Assert.DoesNotContain(6, first.ValueCounts.Keys);
        var committed = (await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(default)).Table;
        async Task<long> Skipped(Filter filter) => (await (committed.NewScan() with { Filter = filter }).PlanAsync(default)).Report.FilesSkipped;
        Assert.Equal(2, await Skipped(Filter.Compare("text", Comparison.Equal, new string('m', 4005))));
        Assert.Equal(3, await Skipped(Filter.Compare("text", Comparison.Equal, "k")));
        Assert.Equal(2, await Skipped(Filter.Compare("st.s", Comparison.Less, "b")));
        Assert.Equal(2, await Skipped(Filter.Compare("f", Comparison.Equal, 12.004f)));
        Assert.Equal(2, await Skipped(Filter.Compare("st.d", Comparison.Less, 1.0)));
        // NaN is above every number.
        Assert.Equal(0, await Skipped(Filter.Compare("st.d", Comparison.Greater, 20.0)));
        Assert.Equal(0, await Skipped(Filter.Compare("counted", Comparison.Equal, "k")));
    }

    [Fact]
    public async Task Columns_MissingOrRequired_TakeTheirDefaultOrAreRefused()
    {
        var table = await warehouse.CreateAsync("ns.t", new Schema(0, [new(1, "n", Long, true), new(2, "s", Text, false, WriteDefault: "x"), new(3, "o", Text, false)], []));
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        var files = await session.WriteAsync(table, "SELECT 5::BIGINT AS n", "a", default);
        Assert.Equal(["(5,'x',∅)"], await ReadAsync(table, files));
        Assert.Contains("'n'", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => session.WriteAsync(table, "SELECT NULL::BIGINT AS n", "b", default))).Message, StringComparison.Ordinal);
        Assert.Contains("'other'", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => session.WriteAsync(table, "SELECT 1::BIGINT AS n, 2 AS other", "c", default))).Message, StringComparison.Ordinal);
        Assert.Contains("'n'", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => session.WriteAsync(table, "SELECT 'x' AS n", "d", default))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SqlException>(() => session.WriteAsync(table, "SELECT error('no') AS n", "e", default));
        Assert.Empty(await session.WriteAsync(table, "SELECT 5::BIGINT AS n WHERE false", "f", default));
        Assert.Single(Directory.GetFiles(table.DataFolder));
    }

    [Fact]
    public async Task Store_ThatIsElsewhere_GetsWholeObjects()
    {
        var local = await warehouse.CreateAsync("ns.t", new Schema(0, [new(1, "n", Long, false)], []));
        var table = new Table(local.Name, local.Identifier, local.Metadata, local.MetadataLocation, new Elsewhere(warehouse.Storage), local.Catalog);
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        var files = await session.WriteAsync(table, "SELECT i AS n FROM range(1000) AS t(i)", "a", default);
        Assert.Equal(1000, (await ReadAsync(local, files)).Count);
        Assert.Equal([files[0].FilePath], Directory.GetFiles(table.DataFolder));
    }

    /// <summary>What a relation of the engine can hold.</summary>
    private static bool IsHeld(IcebergType type) => type is not PrimitiveType { Kind: PrimitiveKind.Fixed or PrimitiveKind.TimestampTzNs };

    private static Schema Flat { get; } = AnyTable.OfAllPrimitives with
    {
        Fields = [.. AnyTable.OfAllPrimitives.Fields.Where(f => IsHeld(f.Type))],
    };

    // One dictionary entry stands for both zeros in the engine's pages.
    private static string Held(object?[] row) => Rows.Text(Rows.WithoutSignedZeros(row));

    private static string PartitionKey(DataFile file) => string.Join(',', file.Partition.Select(Rows.Text));

    private static async Task<List<string>> ByPartition(Table table, IReadOnlyList<DataFile> files)
    {
        var partitions = new List<string>();
        foreach (var file in files)
        {
            partitions.Add($"{PartitionKey(file)}: {string.Join(' ', (await ReadAsync(table, [file])).Order(StringComparer.Ordinal))}");
        }

        return [.. partitions.Order(StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<DataFile>> WriteAsync(Table table, List<object?[]> rows)
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        using var batch = Rows.ToBatch(table.Metadata.CurrentSchema, rows);
        await session.AddBatchesAsync("given", batch.Schema, SmallWarehouse.One(batch), default);
        return await session.WriteAsync(table, "FROM given", "test", default);
    }

    private static async Task<List<string>> ReadAsync(Table table, IReadOnlyList<DataFile> files, params string[] columns)
    {
        var schema = columns.Length == 0 ? table.Metadata.CurrentSchema : table.Metadata.CurrentSchema.Select(columns);
        var rows = new List<string>();
        foreach (var file in files)
        {
            await foreach (var batch in new ParquetNetFormat(new LocalObjectStore()).ReadAsync(new FileScanTask(file, file.FilePath, table.Metadata.DefaultSpec, table.Metadata.CurrentSchema, Filter.True, null, 1, []), schema, default))
            {
                using (batch)
                {
                    rows.AddRange(Rows.Of(batch, schema).Select(Held));
                }
            }
        }

        return rows;
    }

    /// <summary>The metrics of the library's own writer, but for sizes, which depend on the encoding.</summary>
    private static async Task CheckMetricsAsync(Table table, List<object?[]> rows, DataFile file)
    {
        using var batch = Rows.ToBatch(table.Metadata.CurrentSchema, rows);
        var own = Assert.Single(await new PartitionedWriter(table, new ParquetNetFormat(table.Storage)).WriteAsync(SmallWarehouse.One(batch), "own", default));
        Assert.Equal(Counts(own.ValueCounts), Counts(file.ValueCounts));
        Assert.Equal(Counts(own.NullValueCounts), Counts(file.NullValueCounts));
        Assert.Equal(Counts(own.NanValueCounts), Counts(file.NanValueCounts));
        // The engine's footers hold zeros equal, so that a bound may be the other zero.
        Assert.Equal(Bounds(own.LowerBounds, table, -0.0), Bounds(file.LowerBounds, table, -0.0));
        Assert.Equal(Bounds(own.UpperBounds, table, 0.0), Bounds(file.UpperBounds, table, 0.0));
    }

    private static IEnumerable<string> Counts(IReadOnlyDictionary<int, long>? counts) => counts!.OrderBy(c => c.Key).Select(c => $"{c.Key}: {c.Value}");

    private static IEnumerable<string> Bounds(IReadOnlyDictionary<int, byte[]>? bounds, Table table, double zero) => bounds!.OrderBy(b => b.Key).Select(b =>
    {
        var type = (PrimitiveType)table.Metadata.CurrentSchema.FindNested(b.Key)!.Type;
        var value = SingleValue.FromBinary(b.Value, type);
        return $"{b.Key}: {Convert.ToHexString(SingleValue.ToBinary(value switch { 0.0 => zero, 0.0f => (float)zero, _ => value }, type))}";
    });

    /// <summary>A store whose objects are no files of this machine to those who ask.</summary>
    private sealed class Elsewhere(LocalObjectStore inner) : IObjectStore
    {
        public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(location, cancellationToken);

        public async Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => new StreamOnly(await inner.CreateAsync(location, cancellationToken));

        public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => inner.StatAsync(location, cancellationToken);

        public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

        public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) => inner.DeleteAsync(location, cancellationToken);

        private sealed class StreamOnly(ObjectWriter inner) : ObjectWriter
        {
            public override Stream Stream => inner.Stream;

            public override Task<long> CompleteAsync(CancellationToken cancellationToken) => inner.CompleteAsync(cancellationToken);

            public override ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
