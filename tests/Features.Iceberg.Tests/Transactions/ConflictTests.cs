using System.Globalization;
using Features.Iceberg.Scans;
using Features.Iceberg.Written;

namespace Features.Iceberg.Transactions;

/// <summary>Which commits of a rival rule out ours, by kind and isolation, as the reference implementation has it.</summary>
public sealed class ConflictTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    // The rivals: append to 0, to 1, overwrite A, k = 0, replace 0, delete A, C, positions of A, of B, equality in 0, rewrite A and B. An x is a conflict.
    [Theory]
    [InlineData("append", IsolationLevel.Serializable, "...........")]
    [InlineData("merging append", IsolationLevel.Serializable, "...........")]
    [InlineData("overwrite A", IsolationLevel.Serializable, "x.xxxx.x.xx")]
    [InlineData("overwrite A", IsolationLevel.Snapshot, "..xxxx.x.xx")]
    [InlineData("overwrite k = 0", IsolationLevel.Serializable, "x.xxxx.xxxx")]
    [InlineData("overwrite k = 0", IsolationLevel.Snapshot, "..xxxx.xxxx")]
    [InlineData("replace 0", IsolationLevel.Serializable, "x.xxxx.xxxx")]
    [InlineData("replace 0", IsolationLevel.Snapshot, "..xxxx.xxxx")]
    [InlineData("delete A", IsolationLevel.Serializable, "..xxxx....x")]
    [InlineData("delete k = 0", IsolationLevel.Serializable, "...........")]
    [InlineData("delta delete", IsolationLevel.Serializable, "x.xxx.....x")]
    [InlineData("delta delete", IsolationLevel.Snapshot, "..xxx.....x")]
    [InlineData("delta update", IsolationLevel.Serializable, "x.xxxx.xxxx")]
    [InlineData("delta update", IsolationLevel.Snapshot, "..xxxx.xxxx")]
    [InlineData("rewrite", IsolationLevel.Serializable, "..xxxx.xxxx")]
    [InlineData("rewrite keeping the sequence number", IsolationLevel.Serializable, "..xxxx.xx.x")]
    public async Task Commit_AfterARivals_ConflictsAsTheTableSays(string ours, IsolationLevel isolation, string expected)
    {
        var outcome = "";
        foreach (var (rival, i) in ThreeFiles.Rivals.Select((r, i) => (r, i)))
        {
            var three = await ThreeFiles.CreateAsync(warehouse, $"ns.t{i}");
            var theirs = (await FileModel.CommitAsync(three.Table, three.Theirs(rival))).Table;
            var transaction = three.Table.NewTransaction().Add(three.Ours(ours, isolation));
            try
            {
                var done = await transaction.CommitAsync(default);
                Assert.Equal(theirs.Metadata.CurrentSnapshotId, done.Table.Metadata.CurrentSnapshot!.ParentId);
                WrittenTable.Check(done.Table.MetadataLocation, opensFiles: false);
                outcome += ".";
            }
            catch (CommitConflictException conflict)
            {
                var names = conflict.Message.Contains(theirs.Metadata.CurrentSnapshotId!.Value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                    || conflict.Message.Contains(three.A.FilePath, StringComparison.Ordinal);
                Assert.True(names, conflict.Message);
                Assert.Contains(".parquet'", conflict.Message, StringComparison.Ordinal);
                Assert.Contains("read it again and repeat the operation", conflict.Message, StringComparison.Ordinal);
                var current = await three.Files.CurrentAsync($"ns.t{i}");
                Assert.Equal(theirs.MetadataLocation, current.MetadataLocation);
                Assert.Empty(await FileModel.OrphansAsync(current));
                outcome += "x";
            }
        }

        Assert.Equal(expected, outcome);
    }

    [Fact]
    public async Task Filter_NarrowsTheCheckByMetrics()
    {
        var files = new FileModel(warehouse);
        var one = files.Data(0, 0, 9);
        var table = (await FileModel.CommitAsync(await files.CreateAsync(), new AppendFiles([one]))).Table;
        await FileModel.CommitAsync(table, new AppendFiles([files.Data(0, 50, 60)]));
        OverwriteFiles Overwrite(int above) => new()
        {
            Removed = [one],
            Added = [files.Data(0)],
            Check = new(table.Metadata.CurrentSnapshotId, IsolationLevel.Serializable, Filter.Compare("v", Comparison.Greater, above)),
        };
        await Assert.ThrowsAsync<CommitConflictException>(() => FileModel.CommitAsync(table, Overwrite(55)));
        Assert.True((await FileModel.CommitAsync(table, Overwrite(60))).Changed);
    }

    [Theory]
    [InlineData("delete A", true)]
    [InlineData("replaced deletes", true)]
    [InlineData("overwrite A", false)]
    [InlineData("rewrite A and B", false)]
    public async Task Delete_OfWhatAnotherDeleteRemoved_IsDoneAlready(string rival, bool isFine)
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var earlier = three.Files.Positions(0, three.B);
        var table = (await FileModel.CommitAsync(three.Table, new RowDelta { Deletes = [earlier] })).Table;
        var read = table.Metadata.CurrentSnapshotId!.Value;
        RowDelta Delete() => new()
        {
            Removed = [three.A],
            RemovedDeletes = [earlier],
            Deletes = [three.Files.Positions(0, three.B)],
            ReferencedDataFiles = [three.B.FilePath],
            Check = new(read, IsolationLevel.Snapshot, Filter.True),
        };
        IAction theirs = rival switch
        {
            "replaced deletes" => Delete(),
            "rewrite A and B" => new RewriteFiles { Removed = [three.A], Added = [three.Files.Data(0)], FromSnapshotId = read },
            _ => three.Theirs(rival),
        };
        await FileModel.CommitAsync(table, theirs);
        var commit = () => FileModel.CommitAsync(table, Delete());
        if (!isFine)
        {
            await Assert.ThrowsAsync<CommitConflictException>(commit);
            return;
        }

        var done = (await commit()).Table;
        WrittenTable.Check(done.MetadataLocation, opensFiles: false);
        Assert.DoesNotContain(three.A.FilePath, (await FileModel.LiveAsync(done)).Keys);
    }

    [Fact]
    public async Task EqualityDeletes_WhoseKeysLieBesideAFilesValues_AreNoConflict()
    {
        var files = new FileModel(warehouse);
        var one = files.Data(0, 0, 9);
        var table = (await FileModel.CommitAsync(await files.CreateAsync(), new AppendFiles([one]))).Table;
        foreach (var (key, conflicts) in new[] { (50, false), (5, true) })
        {
            var bound = new Dictionary<int, byte[]> { [2] = BitConverter.GetBytes(key) };
            var delete = files.Equalities(0) with { LowerBounds = bound, UpperBounds = bound, ValueCounts = new Dictionary<int, long> { [2] = 2 }, NullValueCounts = new Dictionary<int, long> { [2] = 0 } };
            await FileModel.CommitAsync(table, new RowDelta { Deletes = [delete] });
            var overwrite = new OverwriteFiles { Removed = [one], Added = [files.Data(0, 0, 9)], Check = new(table.Metadata.CurrentSnapshotId, IsolationLevel.Snapshot, Filter.True) };
            if (conflicts)
            {
                await Assert.ThrowsAsync<CommitConflictException>(() => FileModel.CommitAsync(table, overwrite));
            }
            else
            {
                table = (await FileModel.CommitAsync(table, overwrite)).Table;
                one = overwrite.Added[0];
            }
        }
    }

    [Fact]
    public async Task Check_OfATableThatWasEmpty_CountsAllOfItsHistory()
    {
        var files = new FileModel(warehouse);
        var table = await files.CreateAsync();
        var replace = () => FileModel.CommitAsync(table, new ReplacePartitions([files.Data(0)]) { Check = new(null, IsolationLevel.Serializable, Filter.True) });
        var first = (await replace()).Table;
        await Assert.ThrowsAsync<CommitConflictException>(replace);
        Assert.True((await FileModel.CommitAsync(first, new ReplacePartitions([files.Data(1)]) { Check = new(null, IsolationLevel.Serializable, Filter.True) })).Changed);
    }

    [Fact]
    public async Task Check_FromASnapshotThatIsNoAncestor_ConflictsAndSaysSo()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var table = (await FileModel.CommitAsync(three.Table, new AppendFiles([three.Files.Data(0)]))).Table;
        table = (await FileModel.CommitAsync(table, new AppendFiles([three.Files.Data(0)]))).Table;
        var expired = (await FileModel.CommitAsync(table, new RemoveSnapshots(table.Metadata.Snapshots[0].SnapshotId, table.Metadata.Snapshots[1].SnapshotId))).Table;
        var error = await Assert.ThrowsAsync<CommitConflictException>(() => FileModel.CommitAsync(expired, three.Ours("delta delete", IsolationLevel.Snapshot)));
        Assert.Contains($"no longer leads back to snapshot {three.Read}", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<CommitConflictException>(
            () => FileModel.CommitAsync(expired, new ReplacePartitions([three.Files.Data(0)]) { Check = new(null, IsolationLevel.Snapshot, Filter.True) }));
        Assert.Contains("first snapshots were expired", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_OfOneTransaction_AreNoConflictToEachOther()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var done = await FileModel.CommitAsync(three.Table, new AppendFiles([three.Files.Data(0)]), three.Ours("delta update", IsolationLevel.Serializable), three.Ours("rewrite", IsolationLevel.Serializable));
        Assert.Equal(4, done.Table.Metadata.Snapshots.Count);
        Assert.Equal(2, done.Table.Metadata.SnapshotLog.Count);
        WrittenTable.Check(done.Table.MetadataLocation, opensFiles: false);
        Assert.Empty(await FileModel.OrphansAsync(done.Table));
    }

    [Fact]
    public async Task Isolation_IsReadFromTheTablesProperties()
    {
        var files = new FileModel(warehouse);
        var metadata = (await files.CreateAsync("ns.a", properties: [("write.update.isolation-level", "Snapshot"), ("write.merge.isolation-level", "read committed")])).Metadata;
        Assert.Equal(IsolationLevel.Serializable, WriteIsolation.Of(metadata, RowLevelCommand.Delete));
        Assert.Equal(IsolationLevel.Snapshot, WriteIsolation.Of(metadata, RowLevelCommand.Update));
        var error = Assert.Throws<InvalidTableArgumentException>(() => WriteIsolation.Of(metadata, RowLevelCommand.Merge));
        Assert.Contains("'write.merge.isolation-level'", error.Message, StringComparison.Ordinal);
    }
}
