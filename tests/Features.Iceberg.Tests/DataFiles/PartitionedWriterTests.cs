using Apache.Arrow;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

public sealed class PartitionedWriterTests : IDisposable
{
    private const long Day = 86_400_000_000;

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Rows_ClusteredByDay_GoToAFileADay()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay);
        var files = await warehouse.WriteAsync(table, [[0L, "a", 1], [Day - 1, "b", 2], [Day, "c", 3], [-1L, "d", 4]], "load-7");
        Assert.Equal([0, 1, -1], files.Select(f => f.Partition.Single()));
        Assert.Equal([2L, 1, 1], files.Select(f => f.RecordCount));
        Assert.Equal(["at_day=1970-01-01/load-7-00000", "at_day=1970-01-02/load-7-00001", "at_day=1969-12-31/load-7-00002"], files.Select(f => f.FilePath[(table.Metadata.Location.Length + "/data/".Length)..^("-.parquet".Length + 32)]));
        Assert.All(files, f => Assert.Equal(0, f.SortOrderId));
    }

    [Fact]
    public async Task Rows_OfEitherZero_GoToPartitionsOfTheirOwn()
    {
        var schema = new Schema(0, [new(1, "d", new PrimitiveType(PrimitiveKind.Double), false), new(2, "f", new PrimitiveType(PrimitiveKind.Float), false)], []);
        var table = await warehouse.CreateAsync("ns.t", schema, new PartitionSpec(0, [new(1, 1000, "d", Transform.Identity), new(2, 1001, "f", Transform.Identity)]));
        var files = await warehouse.WriteAsync(table, [[0d, 0f], [-0d, 0f], [0d, 0f], [0d, -0f], [double.NaN, -0f], [double.NaN, -0f]]);
        Assert.Equal(["(0000000000000000,00000000) 2", "(0000000000000000,80000000) 1", "(8000000000000000,00000000) 1", "(NaN,80000000) 2"], files.Select(f => $"{Rows.Text(f.Partition.ToArray())} {f.RecordCount}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Rows_OfAPartitionWithALongName_GoToAFolderOfAShorter()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, new PartitionSpec(0, [new(2, 1000, "origin", Transform.Identity)]));
        var texts = Enumerable.Range(190, 4).Select(n => new string('x', n) + string.Concat(Enumerable.Repeat("\U0001F680", 200))).ToList();
        var files = await warehouse.WriteAsync(table, [.. texts.Select(t => new object?[] { 0L, t, 1 })]);
        Assert.Equal(texts, files.Select(f => f.Partition.Single()));
        Assert.All(files, f => Assert.Matches("^origin=x{190,193}(%[0-9A-F]{2})?$", Path.GetFileName(Path.GetDirectoryName(f.FilePath))));
    }

    [Fact]
    public async Task NoRows_MakeNoFile() => Assert.Empty(await warehouse.WriteAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay), []));

    [Fact]
    public async Task Columns_GivenByName_AreReorderedAndFilled()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights);
        var given = new Schema(0, [new(1, "delay", new PrimitiveType(PrimitiveKind.Int), false), new(2, "at", new PrimitiveType(PrimitiveKind.Timestamp), true)], []);
        await table.NewTransaction().Add(new Transactions.AppendFiles(await WriteAsync(table, Rows.ToBatch(given, [[5, 1L]])))).CommitAsync(default);
        Assert.Equal(["(1,∅,5)"], await Warehouse.LinesAsync((await warehouse.Catalog.TryLoadTableAsync(table.Identifier!, default))!.NewScan()));
    }

    [Fact]
    public async Task Columns_ThatDoNotFit_AreAllNamed()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights);
        var given = new Schema(0, [new(1, "delai", new PrimitiveType(PrimitiveKind.Int), false)], []);
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => WriteAsync(table, Rows.ToBatch(given, [[5]])));
        Assert.Contains("'delai' is not in the table", error.Message, StringComparison.Ordinal);
        Assert.Contains("'at' is required and missing", error.Message, StringComparison.Ordinal);
        var wrong = new Schema(0, [new(1, "at", new PrimitiveType(PrimitiveKind.TimestampTz), true)], []);
        Assert.Contains("'at' is timestamp(Microsecond, UTC)", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => WriteAsync(table, Rows.ToBatch(wrong, [[5L]])))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_OnTheWay_RemovesTheFilesWritten()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay);
        async IAsyncEnumerable<RecordBatch> Breaking()
        {
            yield return Rows.ToBatch(Warehouse.Flights, [[0L, "a", 1], [Day, "b", 2], [2 * Day, "c", 3]]);
            await Task.CompletedTask;
            throw new InvalidOperationException("the source broke");
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => new PartitionedWriter(table, new ParquetNetFormat(warehouse.Storage)).WriteAsync(Breaking(), "x", default));
        Assert.Empty(Directory.GetFiles(warehouse.Folder, "*.parquet", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task File_GrownToItsTarget_IsFollowedByTheNext()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, properties: new() { ["write.target-file-size-bytes"] = "1000", ["write.data.path"] = Path.Combine(warehouse.Folder, "elsewhere") });
        async IAsyncEnumerable<RecordBatch> Many()
        {
            for (var i = 0; i < 10; i++)
            {
                yield return Rows.ToBatch(Warehouse.Flights, [.. Enumerable.Range(0, 200).Select(r => new object?[] { (long)((i * 200) + r), "x", r })]);
            }

            await Task.CompletedTask;
        }

        var files = await new PartitionedWriter(table, new ParquetNetFormat(warehouse.Storage)).WriteAsync(Many(), "x", default);
        Assert.True(files.Count > 1);
        Assert.Equal(2000, files.Sum(f => f.RecordCount));
        Assert.All(files, f => Assert.StartsWith(Path.Combine(warehouse.Folder, "elsewhere"), f.FilePath, StringComparison.Ordinal));
    }

    private Task<IReadOnlyList<Manifests.DataFile>> WriteAsync(Table table, RecordBatch batch)
    {
        async IAsyncEnumerable<RecordBatch> One()
        {
            yield return batch;
            await Task.CompletedTask;
        }

        return new PartitionedWriter(table, new ParquetNetFormat(warehouse.Storage)).WriteAsync(One(), "x", default);
    }
}
