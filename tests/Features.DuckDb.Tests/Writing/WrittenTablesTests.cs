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
            Assert.Equal(rows.Select(r => Rows.Text(r)), await ReadAsync(table, files));
            for (var i = 0; i < Flat.Fields.Count && files.Count > 0; i++)
            {
                CheckMetrics(table.Metadata.CurrentSchema.Fields[i], [.. rows.Select(r => r[i])], files[0]);
            }
        },
        iter: 25,
        threads: 1);

    [Fact]
    public async Task Rows_OfAnyNesting_ComeBackAsTheyWere() => await AnyTable.Schema.Where(s => s.AllFields().All(f => IsHeld(f.Type))).SelectMany(s => AnyTable.RowsOf(s, 30), (s, r) => (s, r)).SampleAsync(
        async c =>
        {
            var table = await warehouse.CreateAsync($"ns.t{Guid.NewGuid():N}", c.s);
            Assert.Equal(c.r.Select(r => Rows.Text(r)), await ReadAsync(table, await WriteAsync(table, c.r)));
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
                    rows.AddRange(Rows.Of(batch, schema).Select(r => Rows.Text(r)));
                }
            }
        }

        return rows;
    }

    /// <summary>Counts are exact; bounds may be missing (of long texts, and of floats with NaNs) and may be wider, never narrower.</summary>
    private static void CheckMetrics(NestedField field, IReadOnlyList<object?> values, DataFile file)
    {
        var type = (PrimitiveType)field.Type;
        Assert.Equal(values.Count, file.ValueCounts![field.Id]);
        Assert.Equal(values.Count(v => v is null), file.NullValueCounts![field.Id]);
        var nans = values.Count(v => v is float.NaN or double.NaN);
        Assert.Equal(nans == 0 && type.Kind is PrimitiveKind.Float or PrimitiveKind.Double && nans == 0, file.NanValueCounts!.ContainsKey(field.Id));
        var bounded = values.Where(v => v is not (null or float.NaN or double.NaN)).Select(v => v!).ToList();
        bounded.Sort((a, b) => SingleValue.Compare(a, b, type));
        if (file.LowerBounds!.TryGetValue(field.Id, out var lower))
        {
            Assert.True(SingleValue.Compare(SingleValue.FromBinary(lower, type), bounded[0], type) <= 0, field.Name);
        }

        if (file.UpperBounds!.TryGetValue(field.Id, out var upper))
        {
            Assert.True(SingleValue.Compare(SingleValue.FromBinary(upper, type), bounded[^1], type) >= 0, field.Name);
        }

        var isTold = bounded.Count > 0 && nans == 0 && type.Kind is not (PrimitiveKind.String or PrimitiveKind.Binary);
        Assert.True(!isTold || (file.LowerBounds.ContainsKey(field.Id) && file.UpperBounds.ContainsKey(field.Id)), $"{field.Name} {type.Kind} has no bounds");
        if (isTold && type.Kind is not (PrimitiveKind.Float or PrimitiveKind.Double))
        {
            Assert.Equal(SingleValue.ToBinary(bounded[0], type), lower);
            Assert.Equal(SingleValue.ToBinary(bounded[^1], type), upper);
        }
    }

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
