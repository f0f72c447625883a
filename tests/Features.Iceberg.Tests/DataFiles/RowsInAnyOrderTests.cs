using Apache.Arrow;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Conformance;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>The writer against a model: what files must hold, whatever order the rows come in.</summary>
public sealed class RowsInAnyOrderTests : IDisposable
{
    private static readonly Schema Columns = new(
        0,
        [
            new(1, "n", new PrimitiveType(PrimitiveKind.Int), false),
            new(2, "text", new PrimitiveType(PrimitiveKind.String), false),
            new(3, "at", new PrimitiveType(PrimitiveKind.Timestamp), false),
            new(4, "real", new PrimitiveType(PrimitiveKind.Double), false),
            new(5, "price", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), false),
            new(6, "id", new PrimitiveType(PrimitiveKind.Uuid), false),
            new(7, "raw", new PrimitiveType(PrimitiveKind.Binary), false),
            new(8, "flag", new PrimitiveType(PrimitiveKind.Boolean), false),
            new(9, "place", new StructType([new(10, "name", new PrimitiveType(PrimitiveKind.String), false)]), false),
            new(11, "tags", new ListType(12, new PrimitiveType(PrimitiveKind.String), false), false),
        ],
        []);

    private static readonly (int Source, Transform Transform)[] Keys =
    [
        (1, Transform.Identity), (1, new(TransformKind.Bucket, 3)), (1, new(TransformKind.Truncate, 1_000_000_000)), (2, Transform.Identity), (2, new(TransformKind.Truncate, 2)), (2, new(TransformKind.Bucket, 4)),
        (3, new(TransformKind.Year)), (3, Transform.Identity), (5, new(TransformKind.Bucket, 2)), (5, Transform.Identity), (6, Transform.Identity), (7, Transform.Identity), (8, Transform.Identity),
        (10, Transform.Identity), (10, new(TransformKind.Truncate, 1)), (4, Transform.Identity),
    ];

    private static readonly Gen<(PartitionSpec Spec, SortOrder Order)> Layout = Gen.Select(
        Gen.Int[0, Keys.Length - 2].Array[0, 2], Gen.Select(Gen.Int[0, Keys.Length - 1], Gen.Bool, Gen.Bool).Array[0, 3], (partition, order) => (
            new PartitionSpec(0, [.. partition.DistinctBy(p => Keys[p].Source).Select((p, i) => new PartitionField(Keys[p].Source, 1000 + i, $"p{i}", Keys[p].Transform))]),
            order.Length == 0 ? SortOrder.Unsorted : new SortOrder(1, [.. order.Select(o => new SortField(Keys[o.Item1].Source, Keys[o.Item1].Transform, o.Item2, o.Item3))])));

    private readonly Warehouse warehouse = new();
    private int tables;

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Files_OfAnyRowsInAnyOrder_HoldOnePartitionEachAndAreSorted() => await Gen
        .Select(Layout, AnyTable.RowsOf(Columns, 60), Gen.Int[1, 20], Gen.Int[100, 20_000])
        .SampleAsync(
            async (layout, rows, batchRows, buffer) =>
            {
                var table = await CreateAsync(layout.Spec, layout.Order);
                var writer = new PartitionedWriter(table, new ParquetNetFormat(warehouse.Storage)) { MaxBufferedBytes = buffer };

                var files = await writer.WriteAsync(Batches(rows, batchRows), "w", default);

                await CheckAsync(table, rows, files);
            },
            iter: 60,
            threads: 1);

    [Fact]
    public async Task Rows_ThatFitTheBuffer_MakeOneFileAPartition() => await Gen
        .Select(Layout, AnyTable.RowsOf(Columns, 60), Gen.Int[1, 20])
        .SampleAsync(
            async (layout, rows, batchRows) =>
            {
                var table = await CreateAsync(layout.Spec, layout.Order);
                var files = await new PartitionedWriter(table, new ParquetNetFormat(warehouse.Storage)).WriteAsync(Batches(rows, batchRows), "w", default);
                Assert.Equal(rows.Select(r => Rows.Text(PartitionOf(table.Metadata.DefaultSpec, r))).Distinct().Count(), files.Count);
                await CheckAsync(table, rows, files);
            },
            iter: 30,
            threads: 1);

    [Fact]
    public async Task Rows_InOrderAlready_GoThroughWithoutABuffer()
    {
        var table = await CreateAsync(new PartitionSpec(0, [new(1, 1000, "n_bucket", new Transform(TransformKind.Truncate, 100))]), new SortOrder(1, [new(1, Transform.Identity, false, true)]));
        object?[][] rows = [.. Enumerable.Range(0, 300).Select(i => new object?[] { i, null, null, null, null, null, null, null, null, null })];
        var files = await new PartitionedWriter(table, new ParquetNetFormat(warehouse.Storage)) { MaxBufferedBytes = 1 }.WriteAsync(Batches(rows, 7), "w", default);
        Assert.Equal([100L, 100, 100], files.Select(f => f.RecordCount));
        Assert.All(files, f => Assert.Equal(1, f.SortOrderId));
    }

    [Fact]
    public async Task Order_ThatCannotBeFollowed_IsNotClaimed()
    {
        var table = await CreateAsync(PartitionSpec.Unpartitioned, SortOrder.Unsorted);
        var order = new SortOrder(1, [new(1, Transform.Parse("zorder"), false, true)]);
        var sorted = new Table(table.Name, table.Identifier, table.Metadata with { SortOrders = [SortOrder.Unsorted, order], DefaultSortOrderId = 1 }, table.MetadataLocation, table.Storage, table.Catalog);
        var files = await new PartitionedWriter(sorted, new ParquetNetFormat(warehouse.Storage)).WriteAsync(Batches([[1, null, null, null, null, null, null, null, null, null]], 1), "w", default);
        Assert.Equal(0, files.Single().SortOrderId);
    }

    private Task<Table> CreateAsync(PartitionSpec spec, SortOrder order) =>
        warehouse.Catalog.CreateTableAsync(TableIdentifier.TryParse($"ns.t{tables++}")!, new TableCreation(Columns, spec, order, new Dictionary<string, string>()), default);

    // Fresh ids are given level by level; the sources are found again by their place in the made table's spec and order.
    private static object?[] PartitionOf(PartitionSpec spec, object?[] row) => [.. spec.Fields.Select(f => f.Transform.Apply(ValueOf(row, f.SourceId), TypeOf(f.SourceId)))];

    private static PrimitiveType TypeOf(int id) => (PrimitiveType)(id == NestedName ? ((StructType)Columns.Fields[8].Type).Fields[0].Type : Columns.Fields[id - 1].Type);

    // Level by level: the ten columns are 1 to 10, and what lies within follows.
    private const int NestedName = 11;

    private static object? ValueOf(object?[] row, int id) => id == NestedName ? ((object?[]?)row[8])?[0] : row[id - 1];

    private static async Task CheckAsync(Table table, IReadOnlyList<object?[]> rows, IReadOnlyList<DataFile> files)
    {
        var (spec, order) = (table.Metadata.DefaultSpec, table.Metadata.DefaultSortOrder);
        var read = new List<string>();
        foreach (var file in files)
        {
            var inFile = await ReadAsync(table, file);
            Assert.Equal(file.RecordCount, inFile.Count);
            Assert.All(inFile, r => Assert.Equal(Rows.Text(file.Partition.ToArray()), Rows.Text(PartitionOf(spec, r))));
            Assert.Equal(order.OrderId, file.SortOrderId);
            Assert.All(inFile.Zip(inFile.Skip(1)), p => Assert.True(Order(order, p.First, p.Second) <= 0, $"{Rows.Text(p.First)} stands before {Rows.Text(p.Second)}"));
            read.AddRange(inFile.Select(r => Rows.Text(r)));
        }

        Assert.Equal(rows.Select(r => Rows.Text(r)).Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
    }

    private static int Order(SortOrder order, object?[] left, object?[] right) => order.Fields.Select(f =>
    {
        var type = TypeOf(f.SourceId);
        var (a, b) = (f.Transform.Apply(ValueOf(left, f.SourceId), type), f.Transform.Apply(ValueOf(right, f.SourceId), type));
        var nulls = (a is null ? 1 : 0) - (b is null ? 1 : 0);
        return a is null || b is null ? (f.NullsFirst ? -nulls : nulls) : (f.Descending ? -1 : 1) * SingleValue.Compare(a, b, f.Transform.ResultType(type));
    }).FirstOrDefault(c => c != 0);

    private static async Task<List<object?[]>> ReadAsync(Table table, DataFile file)
    {
        var schema = table.Metadata.CurrentSchema;
        var rows = new List<object?[]>();
        var task = new FileScanTask(file, file.FilePath, table.Metadata.DefaultSpec, schema, Filter.True, null, 0, []);
        await foreach (var batch in new ParquetNetFormat(table.Storage).ReadAsync(task, schema, default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, schema));
            }
        }

        return rows;
    }

    private static async IAsyncEnumerable<RecordBatch> Batches(IReadOnlyList<object?[]> rows, int rowsOfBatch)
    {
        foreach (var batch in rows.Chunk(rowsOfBatch))
        {
            await Task.Yield();
            yield return Rows.ToBatch(Columns, batch);
        }
    }
}
