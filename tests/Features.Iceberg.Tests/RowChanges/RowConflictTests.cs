using Apache.Arrow;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.FaultHost;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.RowChanges;

/// <summary>Operations that meet another writer's commit, or a catalog that fails.</summary>
public sealed class RowConflictTests : IDisposable
{
    private static readonly Schema Columns = new(
        0, [new(1, "id", new PrimitiveType(PrimitiveKind.Int), true), new(2, "name", new PrimitiveType(PrimitiveKind.String), false)], [1]);

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    private ParquetNetFormat Format => new(warehouse.Storage);

    private string[] DataFilesOnDisk => Directory.GetFiles(warehouse.Folder, "*.parquet", SearchOption.AllDirectories);

    [Theory]
    [InlineData("copy-on-write")]
    [InlineData("merge-on-read")]
    public async Task Delete_WhereMatchingRowsWereAddedMeanwhile_ConflictsAndLeavesNoFile(string mode)
    {
        var (table, _) = await TwoRowsAsync(("write.delete.mode", mode));
        await warehouse.AppendAsync(table, [6, "new"]);
        var files = DataFilesOnDisk.Length;

        await Assert.ThrowsAsync<CommitConflictException>(() => table.Rows(Format).DeleteAsync(Below(10)));

        Assert.Equal(files, DataFilesOnDisk.Length);
        Assert.Equal(["(5,'five')", "(50,'fifty')", "(6,'new')"], await LinesAsync());
    }

    [Theory]
    [InlineData("copy-on-write")]
    [InlineData("merge-on-read")]
    public async Task Delete_WhereOtherRowsWereAddedMeanwhile_TakesPlace(string mode)
    {
        var (table, _) = await TwoRowsAsync(("write.delete.mode", mode));
        await warehouse.AppendAsync(table, [60, "new"]);

        var change = await table.Rows(Format).DeleteAsync(Below(10));

        Assert.Equal(1, change.RowsDeleted);
        Assert.Equal(["(50,'fifty')", "(60,'new')"], await LinesAsync());
    }

    [Fact]
    public async Task Delete_UnderSnapshotIsolation_LetsRowsAddedMeanwhileBe()
    {
        var (table, _) = await TwoRowsAsync(("write.delete.isolation-level", "snapshot"));
        await warehouse.AppendAsync(table, [6, "new"]);
        await table.Rows(Format).DeleteAsync(Below(10));
        Assert.Equal(["(50,'fifty')", "(6,'new')"], await LinesAsync());
    }

    [Fact]
    public async Task Upsert_WhereTheKeyWasAddedMeanwhile_Conflicts()
    {
        var (table, _) = await TwoRowsAsync();
        await warehouse.AppendAsync(table, [7, "theirs"]);
        var files = DataFilesOnDisk.Length;
        await Assert.ThrowsAsync<CommitConflictException>(() => table.Rows(Format).UpsertAsync(Batch([7, "ours"])));
        Assert.Equal(files, DataFilesOnDisk.Length);
    }

    [Fact]
    public async Task CopyOnWrite_WhereAnEqualityDeleteHitOtherRowsOfTheFile_DoesNotBringThemBack()
    {
        var (table, _) = await TwoRowsAsync();
        await table.NewTransaction().Add(new RowDelta { Deletes = [await EqualityDeleteAsync(table, 50)] }).CommitAsync(default);

        await Assert.ThrowsAsync<CommitConflictException>(() => table.Rows(Format).DeleteAsync(Below(10)));

        Assert.Equal(["(5,'five')"], await LinesAsync());
    }

    [Fact]
    public async Task MergeOnRead_OfTheSameFileTwice_KeepsOneDeleteFile()
    {
        var (table, _) = await TwoRowsAsync(("write.delete.mode", "merge-on-read"));
        table = await warehouse.AppendAsync(table, [1, "a"], [2, "b"], [3, "c"], [4, "d"]);

        table = (await table.Rows(Format).DeleteAsync(Filter.Compare("id", Comparison.Equal, 1))).Table;
        var second = await table.Rows(Format).DeleteAsync(Filter.Compare("id", Comparison.Equal, 3));

        Assert.Equal((1, 0), (second.DeleteFilesAdded, second.DataFilesRemoved!.Value));
        var deletes = await FilesAsync(second.Table).Where(f => f.Content == FileContent.PositionDeletes).ToListAsync();
        var delete = Assert.Single(deletes);
        Assert.Equal(2, delete.RecordCount);
        Assert.Contains(await FilesAsync(second.Table).Select(f => f.FilePath).ToListAsync(), p => p == delete.ReferencedDataFile);
        Assert.Equal(["(2,'b')", "(4,'d')", "(5,'five')", "(50,'fifty')"], await LinesAsync());
    }

    [Fact]
    public async Task MergeOnRead_OfTheLastRowsOfAFile_DropsTheFile()
    {
        var (table, _) = await TwoRowsAsync(("write.delete.mode", "merge-on-read"));
        table = (await table.Rows(Format).DeleteAsync(Below(10))).Table;
        var change = await table.Rows(Format).DeleteAsync(Filter.Compare("name", Comparison.Equal, "fifty"));
        Assert.Equal((1L, 1, 0), (change.RowsDeleted!.Value, change.DataFilesRemoved!.Value, change.DeleteFilesAdded));
        Assert.Empty(await LinesAsync());
    }

    [Fact]
    public async Task Outcome_Unknown_LeavesEveryFile()
    {
        var (table, _) = await TwoRowsAsync();
        var faulty = new FaultyCatalog(warehouse.Catalog)
        {
            Swap = (_, _) => throw new CommitStateUnknownException("ns.t", new IOException("no answer")),
        };
        var given = faulty.Wrap(table);
        var loads = 0;
        faulty.Load = () => { if (loads++ > 0) { throw new StorageException("catalog", "no answer", "wait", false); } };
        var files = DataFilesOnDisk.Length;

        await Assert.ThrowsAsync<CommitStateUnknownException>(() => given.Rows(Format).AppendAsync(Batch([9, "maybe"])));

        Assert.Equal(files + 1, DataFilesOnDisk.Length);
    }

    [Fact]
    public async Task Upsert_OfTheSameKeyTwice_NamesTheKey()
    {
        var (table, _) = await TwoRowsAsync();
        var files = DataFilesOnDisk.Length;
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.Rows(Format).UpsertAsync(Batch([9, "a"], [9, "b"])));
        Assert.Contains("id = 9", error.Message, StringComparison.Ordinal);
        Assert.Equal(files, DataFilesOnDisk.Length);
        Assert.Contains("name = null", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.Rows(Format).UpsertAsync(Batch([9, null]), ["name"]))).Message, StringComparison.Ordinal);
        Assert.Contains("'nome' is not in the table", (await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.Rows(Format).UpsertAsync(Batch([9, "a"]), ["nome"]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upsert_OfRowsThatStandAlready_CommitsNothing()
    {
        var (table, _) = await TwoRowsAsync();
        var files = DataFilesOnDisk.Length;
        var change = await table.Rows(Format).UpsertAsync(Batch([5, "five"]));
        Assert.Equal((false, 1L, 0L, 0L), (change.Commit.Changed, change.RowsUnchanged, change.RowsUpdated, change.RowsInserted));
        Assert.Equal(files, DataFilesOnDisk.Length);
    }

    [Fact]
    public async Task Upsert_ByKeysOfFewFiles_LeavesTheOthersUnread()
    {
        var (table, _) = await TwoRowsAsync();
        table = await warehouse.AppendAsync(table, [100, "x"], [200, "y"]);
        // A file that is not there cannot be read: only its bounds are.
        File.Delete((await FilesAsync(table).FirstAsync(f => f.RecordCount == 2 && f.LowerBounds![1].SequenceEqual(BitConverter.GetBytes(5)))).FilePath);
        var change = await table.Rows(Format).UpsertAsync(Batch([100, "z"]));
        Assert.Equal(1, change.RowsUpdated);
    }

    [Fact]
    public async Task Branch_Changed_LeavesMainAsItIs()
    {
        var (table, _) = await TwoRowsAsync();
        var change = await new TableRows(table, Format) { Branch = "trial" }.DeleteAsync(Below(10));
        Assert.Equal(["(50,'fifty')"], (await Warehouse.LinesAsync(change.Table.NewScan().UseRef("trial"))).Order());
        Assert.Equal(["(5,'five')", "(50,'fifty')"], await LinesAsync());
    }

    [Fact]
    public async Task FilesOfAnOldSpec_ChangedByCopy_MoveToTheDefaultSpec()
    {
        var (table, _) = await TwoRowsAsync();
        table = (await table.NewTransaction().Add(new UpdatePartitionSpec().AddField("id", new Transform(TransformKind.Bucket, 2))).CommitAsync(default)).Table;
        table = (await table.NewTransaction().Add(new UpdateSchema().RenameColumn("name", "label").AddColumn("extra", new PrimitiveType(PrimitiveKind.Int))).CommitAsync(default)).Table;
        var change = await table.Rows(Format).DeleteAsync(Filter.Compare("label", Comparison.Equal, "five"));
        Assert.Equal(["(50,'fifty',∅)"], await LinesAsync());
        Assert.All(await FilesAsync(change.Table).ToListAsync(), f => Assert.Equal(table.Metadata.DefaultSpecId, f.SpecId));
        change = await change.Table.Rows(Format).UpsertAsync(Batch(change.Table.Metadata.CurrentSchema, [50, "fifty", 1], [51, "more", 2]));
        Assert.Equal((1L, 1L), (change.RowsUpdated, change.RowsInserted));
        Assert.Equal(["(50,'fifty',1)", "(51,'more',2)"], await LinesAsync());
    }

    [Fact]
    public async Task Table_ThatIsReadOnlyOrOfVersion3_IsRefusedBeforeAnythingIsWritten()
    {
        var (table, _) = await TwoRowsAsync();
        var files = DataFilesOnDisk.Length;
        var v3 = new Table(table.Name, table.Identifier, table.Metadata with { FormatVersion = 3 }, table.MetadataLocation, table.Storage, table.Catalog);
        Assert.Contains("format version 3", (await Assert.ThrowsAsync<UnsupportedFeatureException>(() => v3.Rows(Format).AppendAsync(Batch([9, "a"])))).Message, StringComparison.Ordinal);
        var byLocation = new Table(table.Name, null, table.Metadata, table.MetadataLocation, table.Storage, null);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => byLocation.Rows(Format).AppendAsync(Batch([9, "a"])));
        Assert.Equal(files, DataFilesOnDisk.Length);
    }

    private static Filter Below(int id) => Filter.Compare("id", Comparison.Less, id);

    private async Task<(Table Table, string Name)> TwoRowsAsync(params (string Key, string Value)[] properties)
    {
        var table = await warehouse.CreateAsync("ns.t", Columns, properties: properties.ToDictionary(p => p.Key, p => p.Value));
        return (await warehouse.AppendAsync(table, [5, "five"], [50, "fifty"]), "ns.t");
    }

    private async Task<List<string>> LinesAsync() =>
        [.. (await Warehouse.LinesAsync((await warehouse.Catalog.TryLoadTableAsync(TableIdentifier.TryParse("ns.t")!, default))!.NewScan())).Order(StringComparer.Ordinal)];

    private static IAsyncEnumerable<DataFile> FilesAsync(Table table) => SnapshotFiles.ReadAsync(table, table.Metadata.CurrentSnapshot, default);

    private static IAsyncEnumerable<RecordBatch> Batch(params object?[][] rows) => Batch(Columns, rows);

    private static async IAsyncEnumerable<RecordBatch> Batch(Schema schema, params object?[][] rows)
    {
        await Task.Yield();
        yield return Rows.ToBatch(schema, rows);
    }

    private async Task<DataFile> EqualityDeleteAsync(Table table, int id)
    {
        var key = table.Metadata.CurrentSchema.Select(["id"]);
        await using var writer = await Format.CreateAsync($"{table.DataFolder}/equality-{Guid.NewGuid():N}.parquet", key, DataFileOptions.Default, default);
        await writer.WriteAsync(Rows.ToBatch(key, [[id]]), default);
        return await writer.CompleteAsync(default) with { Content = FileContent.EqualityDeletes, EqualityIds = [1], SpecId = 0, Partition = [] };
    }
}
