using Apache.Arrow;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

public sealed class ExternalSortTests : IDisposable
{
    private static readonly Schema Columns = new(
        0,
        [
            new(1, "n", new PrimitiveType(PrimitiveKind.Int), false),
            new(2, "text", new PrimitiveType(PrimitiveKind.String), false),
            new(3, "tags", new ListType(4, new PrimitiveType(PrimitiveKind.String), false), false),
            new(5, "place", new StructType([new(6, "x", new PrimitiveType(PrimitiveKind.Int), false), new(7, "name", new PrimitiveType(PrimitiveKind.String), false)]), false),
            new(8, "counts", new MapType(9, new PrimitiveType(PrimitiveKind.String), 10, new PrimitiveType(PrimitiveKind.Long), false), false),
        ],
        []);

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Rows_OfAnyNumberOfRuns_ComeInOrderAndEqualOnesAsTheyWere()
    {
        var table = await warehouse.CreateAsync("ns.t", Columns);
        await Gen.Select(AnyTable.RowsOf(Columns, 90), Gen.Int[1, 9], Gen.Int[1, 3000], Gen.Bool, Gen.Bool).SampleAsync(
            async (rows, batchRows, buffer, descending, nullsFirst) =>
            {
                var order = RowOrder.Of(new SortOrder(1, [new(2, new Transform(TransformKind.Truncate, 2), descending, nullsFirst), new(1, new Transform(TransformKind.Bucket, 3), false, true)]), Columns);
                var sort = new ExternalSort(table, new ParquetNetFormat(warehouse.Storage), order, buffer);
                var sorted = new List<string>();
                await foreach (var batch in sort.SortAsync(Batches(rows, batchRows), default))
                {
                    using (batch)
                    {
                        sorted.AddRange(Rows.Of(batch, Columns).Select(r => Rows.Text(r)));
                    }
                }

                Assert.Equal(rows.Order(Comparer<object?[]>.Create((a, b) => order.Compare(KeyOf(a), KeyOf(b)))).Select(r => Rows.Text(r)), sorted);
                Assert.Empty(Directory.GetFiles(warehouse.Folder, "*.parquet", SearchOption.AllDirectories));
            },
            iter: 40,
            threads: 1);
    }

    [Fact]
    public async Task Sorting_LeftHalfway_RemovesItsFiles()
    {
        var table = await warehouse.CreateAsync("ns.t", Columns);
        var order = RowOrder.Of(new SortOrder(1, [new(1, Transform.Identity, false, true)]), Columns);
        var sort = new ExternalSort(table, new ParquetNetFormat(warehouse.Storage), order, 1);
        await foreach (var batch in sort.SortAsync(Batches([.. Enumerable.Range(0, 40).Select(i => new object?[] { -i, null, null, null, null })], 1), default))
        {
            using (batch)
            {
                Assert.Equal(-39, ((Int32Array)batch.Column(0)).GetValue(0));
                break;
            }
        }

        Assert.Empty(Directory.GetFiles(warehouse.Folder, "*.parquet", SearchOption.AllDirectories));
    }

    private static object?[] KeyOf(object?[] row) =>
    [
        new Transform(TransformKind.Truncate, 2).Apply(row[1], new PrimitiveType(PrimitiveKind.String)), new Transform(TransformKind.Bucket, 3).Apply(row[0], new PrimitiveType(PrimitiveKind.Int)),
    ];

    private static async IAsyncEnumerable<RecordBatch> Batches(IReadOnlyList<object?[]> rows, int rowsOfBatch)
    {
        foreach (var batch in rows.Chunk(rowsOfBatch))
        {
            await Task.Yield();
            yield return Rows.ToBatch(Columns, batch);
        }
    }
}
