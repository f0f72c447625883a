using Features.Iceberg.Catalogs;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Maintenance;

public sealed class DataFileRewriteTests : IDisposable
{
    private static readonly Schema Columns = new(0, [new(1, "id", new PrimitiveType(PrimitiveKind.Int), true), new(2, "name", new PrimitiveType(PrimitiveKind.String), false)], [1]);

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    private ParquetNetFormat Format => new(warehouse.Storage);

    private string[] DataFilesOnDisk => Directory.GetFiles(warehouse.Folder, "*.parquet", SearchOption.AllDirectories);

    [Fact]
    public async Task SmallFiles_AreOnlyPackedWhereThereAreEnough()
    {
        var table = await SingleRowsAsync(4);
        Assert.True((await new DataFileRewrite(table, Format).PlanAsync()).IsEmpty);
        table = await warehouse.AppendAsync(table, [4, "n4"]);
        var rewrite = new DataFileRewrite(table, Format);
        var plan = await rewrite.PlanAsync();
        Assert.Equal(5, Assert.Single(plan.Groups).Tasks.Count);

        var result = await rewrite.ExecuteAsync(plan);

        Assert.Equal((5, 1), (result.FilesRemoved, result.FilesAdded));
        Assert.Equal("replace", result.Commit.Table.Metadata.CurrentSnapshot!.Operation);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"({i},'n{i}')"), await TableUnderCare.LinesAsync(result.Commit.Table));
        Assert.True((await new DataFileRewrite(result.Commit.Table, Format).PlanAsync()).IsEmpty);
    }

    [Fact]
    public async Task Append_BetweenPlanAndExecution_Survives()
    {
        var table = await SingleRowsAsync(5);
        var rewrite = new DataFileRewrite(table, Format);
        var plan = await rewrite.PlanAsync();
        await warehouse.AppendAsync(table, [9, "meanwhile"]);
        var result = await rewrite.ExecuteAsync(plan);
        Assert.Equal(6, (await TableUnderCare.LinesAsync(result.Commit.Table)).Count);
    }

    [Fact]
    public async Task PositionDelete_BetweenPlanAndExecution_ConflictsAndLeavesNoFile()
    {
        var table = await SingleRowsAsync(5, ("write.delete.mode", "merge-on-read"));
        table = await warehouse.AppendAsync(table, [10, "a"], [11, "b"]);
        var rewrite = new DataFileRewrite(table, Format);
        var plan = await rewrite.PlanAsync();
        var deleted = (await table.Rows(Format).DeleteAsync(Filter.Compare("id", Comparison.Equal, 10))).Table;
        var files = DataFilesOnDisk.Length;

        await Assert.ThrowsAsync<CommitConflictException>(() => rewrite.ExecuteAsync(plan));

        Assert.Equal(files, DataFilesOnDisk.Length);
        var partial = new DataFileRewrite(table, Format) { GroupsPerCommit = 1 };
        var result = await partial.ExecuteAsync(plan);
        Assert.Single(result.Conflicts);
        Assert.False(result.Commit.Changed);
        Assert.Equal(files, DataFilesOnDisk.Length);
        Assert.Equal(6, (await TableUnderCare.LinesAsync(deleted)).Count);
    }

    [Fact]
    public async Task EqualityDelete_BetweenPlanAndExecution_StillApplies()
    {
        var table = await SingleRowsAsync(5);
        var rewrite = new DataFileRewrite(table, Format);
        var plan = await rewrite.PlanAsync();
        await table.NewTransaction().Add(new RowDelta { Deletes = [await EqualityDeleteAsync(table, 3)] }).CommitAsync(default);

        var result = await rewrite.ExecuteAsync(plan);

        Assert.Equal(["(0,'n0')", "(1,'n1')", "(2,'n2')", "(4,'n4')"], await TableUnderCare.LinesAsync(result.Commit.Table));
        var again = new DataFileRewrite(result.Commit.Table, Format) { DeleteFileThreshold = 1 };
        var last = await again.ExecuteAsync(await again.PlanAsync());
        Assert.Equal((1, 4), (last.DeleteFilesRemoved, (await TableUnderCare.LinesAsync(last.Commit.Table)).Count));
        Assert.DoesNotContain(await TableUnderCare.FilesAsync(last.Commit.Table), f => f.Content != FileContent.Data);
    }

    [Fact]
    public async Task DeleteFiles_ThatOtherDataFilesStillNeed_Stay()
    {
        var table = await SingleRowsAsync(1);
        table = await warehouse.AppendAsync(table, [.. Enumerable.Range(100, 50).Select(i => new object?[] { i, "bulk" })]);
        table = (await table.NewTransaction().Add(new RowDelta { Deletes = [await EqualityDeleteAsync(table, 0, 100)] }).CommitAsync(default)).Table;
        var rewrite = new DataFileRewrite(table, Format) { DeleteFileThreshold = 1, Filter = Filter.Compare("id", Comparison.Less, 50) };
        var plan = await rewrite.PlanAsync();
        Assert.Empty(plan.Deletes);
        var result = await rewrite.ExecuteAsync(plan);
        Assert.Equal((1, 0, 0), (result.FilesRemoved, result.FilesAdded, result.DeleteFilesRemoved));
        Assert.Equal(49, (await TableUnderCare.LinesAsync(result.Commit.Table)).Count);
    }

    [Fact]
    public async Task FilesOfAnOldSpec_MoveToTheCurrentOne()
    {
        var table = await SingleRowsAsync(2);
        table = (await table.NewTransaction().Add(new UpdatePartitionSpec().AddField("id", Transform.Identity)).CommitAsync(default)).Table;
        var rewrite = new DataFileRewrite(table, Format);
        var result = await rewrite.ExecuteAsync(await rewrite.PlanAsync());
        Assert.All(await TableUnderCare.FilesAsync(result.Commit.Table), f => Assert.Equal(table.Metadata.DefaultSpecId, f.SpecId));
        Assert.Equal(["(0,'n0')", "(1,'n1')"], await TableUnderCare.LinesAsync(result.Commit.Table));
        Assert.True((await new DataFileRewrite(result.Commit.Table, Format).PlanAsync()).IsEmpty);
    }

    [Fact]
    public async Task LargeFile_IsCutIntoEvenOnes()
    {
        var table = await warehouse.CreateAsync("ns.t", Columns);
        // Many small batches, as a reader gives them: files are cut between batches.
        for (var i = 0; i < 20; i++)
        {
            table = await warehouse.AppendAsync(table, [.. Enumerable.Range(i * 500, 500).Select(n => new object?[] { n, $"{n * 7919L % 10_007}" })]);
        }

        var bytes = (await TableUnderCare.FilesAsync(table)).Sum(f => f.FileSizeInBytes);
        var rewrite = new DataFileRewrite(table, Format) { TargetFileSizeBytes = bytes / 4 };
        var result = await rewrite.ExecuteAsync(await rewrite.PlanAsync());
        var files = await TableUnderCare.FilesAsync(result.Commit.Table);
        Assert.InRange(files.Count, 4, 5);
        Assert.InRange(files.Max(f => f.RecordCount) - files.Min(f => f.RecordCount), 0, 2500);
        Assert.Equal(10_000, files.Sum(f => f.RecordCount));
    }

    [Fact]
    public async Task Groups_PackedByAnySizes_HoldEveryCandidateOnceWithinTheLimit() => await Gen
        .Select(Gen.Long[1, 400].Array[0, 30], Gen.Int[0, 2].Array[30], Gen.Int[1, 6], Gen.Long[100, 1000])
        .SampleAsync((sizes, partitions, least, limit) =>
        {
            var rules = new RewriteRules
            {
                TargetBytes = 100, MinBytes = 75, MaxBytes = 180, MinInputFiles = least, MaxGroupBytes = limit, DeleteFileThreshold = null, DeleteRatioThreshold = 0.3, All = false, Order = null, SpecId = 0,
            };
            var spec = new PartitionSpec(0, [new(1, 1000, "id", Transform.Identity)]);
            var tasks = sizes.Select((size, i) => new FileScanTask(
                new DataFile { FilePath = $"f{i}", FileFormat = "PARQUET", Partition = [partitions[i]], RecordCount = 1, FileSizeInBytes = size }, $"f{i}", spec, Columns, Filter.True, null, 0, [])).ToList();

            var groups = rules.Group(tasks);

            var files = groups.SelectMany(g => g.Tasks).ToList();
            Assert.Equal(files.Count, files.Select(t => t.File.FilePath).Distinct().Count());
            Assert.All(files, t => Assert.True(t.File.FileSizeInBytes is < 75 or > 180));
            Assert.All(groups, g =>
            {
                Assert.All(g.Tasks, t => Assert.Equal(g.Partition![0], t.File.Partition[0]));
                Assert.True(g.Tasks.Count == 1 || g.Bytes <= limit);
                Assert.True(g.Bytes > 180 || (g.Tasks.Count > 1 && (g.Tasks.Count >= least || g.Bytes > 100)), "a group that would change nothing");
                var count = Math.Max(1, (g.Bytes + g.OutputFileBytes - 1) / g.OutputFileBytes);
                Assert.InRange(g.Bytes / (double)count, g.Bytes <= 100 ? 0 : 50, 180);
            });
            // A file far too large is never left out.
            Assert.All(tasks.Where(t => t.File.FileSizeInBytes > 180), t => Assert.Contains(t, files));
            return Task.CompletedTask;
        });

    [Fact]
    public async Task Options_ThatContradictEachOther_AreAllNamed()
    {
        var table = await SingleRowsAsync(1);
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => new DataFileRewrite(table, Format) { TargetFileSizeBytes = 10, MinFileSizeBytes = 20, MaxFileSizeBytes = 5 }.PlanAsync());
        Assert.Contains("smallest", error.Message, StringComparison.Ordinal);
        Assert.Contains("largest", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sorting_OfMoreThanTheBufferHolds_SortsThroughAllFiles()
    {
        var order = new SortOrder(1, [new(2, Transform.Identity, Descending: true, NullsFirst: true), new(1, Transform.Identity, Descending: false, NullsFirst: true)]);
        var table = await warehouse.Catalog.CreateTableAsync(TableIdentifier.TryParse("ns.sorted")!, new TableCreation(Columns, PartitionSpec.Unpartitioned, order, new Dictionary<string, string>()), default);
        var random = new Random(7);
        for (var i = 0; i < 6; i++)
        {
            table = await warehouse.AppendAsync(table, [.. Enumerable.Range(0, 400).Select(_ => new object?[] { random.Next(1000), random.Next(5) == 0 ? null : $"n{random.Next(50)}" })]);
        }

        var expected = await Warehouse.ReadAsync(table.NewScan());
        var rewrite = new DataFileRewrite(table, Format) { SortOrder = table.Metadata.DefaultSortOrder, RewritesAll = true, TargetFileSizeBytes = 6000, MaxBufferedBytes = 5000 };

        var result = await rewrite.ExecuteAsync(await rewrite.PlanAsync());

        var files = await TableUnderCare.FilesAsync(result.Commit.Table);
        Assert.True(files.Count > 1);
        Assert.All(files, f => Assert.Equal(1, f.SortOrderId));
        var read = new List<object?[]>();
        foreach (var file in files.OrderBy(f => f.FilePath, StringComparer.Ordinal))
        {
            var task = new FileScanTask(file, file.FilePath, PartitionSpec.Unpartitioned, result.Commit.Table.Metadata.CurrentSchema, Filter.True, null, 0, []);
            await foreach (var batch in Format.ReadAsync(task, task.Schema, default))
            {
                using (batch)
                {
                    read.AddRange(Rows.Of(batch, task.Schema));
                }
            }
        }

        Assert.Equal(
            expected.OrderBy(r => r[1] is null ? 0 : 1).ThenByDescending(r => (string?)r[1], StringComparer.Ordinal).ThenBy(r => (int)r[0]!).Select(r => Rows.Text(r)), read.Select(r => Rows.Text(r)));
        Assert.Empty(Directory.GetFiles(warehouse.Folder, "sort-*", SearchOption.AllDirectories));
    }

    private async Task<Table> SingleRowsAsync(int count, params (string Key, string Value)[] properties)
    {
        var table = await warehouse.CreateAsync("ns.t", Columns, properties: properties.ToDictionary(p => p.Key, p => p.Value));
        for (var i = 0; i < count; i++)
        {
            table = await warehouse.AppendAsync(table, [i, $"n{i}"]);
        }

        return table;
    }

    private async Task<DataFile> EqualityDeleteAsync(Table table, params int[] ids)
    {
        var key = table.Metadata.CurrentSchema.Select(["id"]);
        await using var writer = await Format.CreateAsync($"{table.DataFolder}/equality-{Guid.NewGuid():N}.parquet", key, DataFileOptions.Default, default);
        await writer.WriteAsync(Rows.ToBatch(key, [.. ids.Select(i => new object?[] { i })]), default);
        return await writer.CompleteAsync(default) with { Content = FileContent.EqualityDeletes, EqualityIds = [1], SpecId = 0, Partition = [] };
    }
}
