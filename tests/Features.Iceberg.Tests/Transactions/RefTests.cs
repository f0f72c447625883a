using System.Text.Json.Nodes;
using Features.Iceberg.Spec;
using Features.Iceberg.Written;

namespace Features.Iceberg.Transactions;

public sealed class RefTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Branch_TakesCommitsOfItsOwnFromMainsState()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var table = (await FileModel.CommitAsync(three.Table, new AppendFiles([three.Files.Data(1)]) { Branch = "audit" })).Table;
        Assert.Equal(three.Read, table.Metadata.CurrentSnapshotId);
        Assert.Single(table.Metadata.SnapshotLog);
        Assert.Equal((3, 4), ((await FileModel.LiveAsync(table)).Count, (await FileModel.LiveAsync(table, "audit")).Count));
        table = (await FileModel.CommitAsync(table, new DeleteFiles([three.A]) { Branch = "audit" })).Table;
        table = (await FileModel.CommitAsync(table, new AppendFiles([three.Files.Data(2)]))).Table;
        Assert.Equal((4, 3), ((await FileModel.LiveAsync(table)).Count, (await FileModel.LiveAsync(table, "audit")).Count));
        Assert.Equal(4, table.Metadata.LastSequenceNumber);
        WrittenTable.Check(table.MetadataLocation, opensFiles: false);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => FileModel.CommitAsync(table, new FastForward("main", "audit")));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => FileModel.CommitAsync(table, new AppendFiles([]) { Branch = " " }));
    }

    [Fact]
    public async Task Branch_Published_BecomesMain()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var table = (await FileModel.CommitAsync(three.Table, new AppendFiles([three.Files.Data(1)]) { Branch = "audit" })).Table;
        table = (await FileModel.CommitAsync(table, new FastForward("main", "audit"))).Table;
        Assert.Equal(table.Metadata.Refs["audit"].SnapshotId, table.Metadata.CurrentSnapshotId);
        Assert.Equal(2, table.Metadata.SnapshotLog.Count);
        Assert.False((await FileModel.CommitAsync(table, new FastForward("main", "audit"))).Changed);
        table = (await FileModel.CommitAsync(table, new FastForward("copy", "main"))).Table;
        Assert.True(table.Metadata.Refs["copy"].IsBranch);
        await Assert.ThrowsAsync<NotFoundException>(() => FileModel.CommitAsync(table, new FastForward("main", "none")));
    }

    [Fact]
    public async Task Table_RolledBack_StandsAtTheEarlierSnapshot()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var later = (await FileModel.CommitAsync(three.Table, new AppendFiles([three.Files.Data(1)]))).Table;
        var side = (await FileModel.CommitAsync(later, new AppendFiles([three.Files.Data(2)]) { Branch = "side" })).Table;
        var back = (await FileModel.CommitAsync(side, new RollbackTo(three.Read))).Table;
        Assert.Equal(three.Read, back.Metadata.CurrentSnapshotId);
        Assert.Equal([three.Read, later.Metadata.CurrentSnapshotId!.Value, three.Read], back.Metadata.SnapshotLog.Select(e => e.SnapshotId));
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => FileModel.CommitAsync(back, new RollbackTo(later.Metadata.CurrentSnapshotId!.Value)));
        Assert.Contains("does not descend from", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => FileModel.CommitAsync(back, new RollbackTo(42)));
        var set = (await FileModel.CommitAsync(back, new SetCurrentSnapshot(side.Metadata.Refs["side"].SnapshotId))).Table;
        Assert.Equal(5, (await FileModel.LiveAsync(set)).Count);
        // What is committed after a roll-back takes a sequence number of its own.
        var after = (await FileModel.CommitAsync(back, new AppendFiles([three.Files.Data(0)]))).Table;
        Assert.Equal(4, after.Metadata.CurrentSnapshot!.SequenceNumber);
    }

    [Fact]
    public async Task Snapshots_Removed_AreGoneWithTheLogBeforeThem()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var table = three.Table;
        for (var i = 0; i < 3; i++)
        {
            table = (await FileModel.CommitAsync(table, new AppendFiles([three.Files.Data(i)]))).Table;
        }

        var ids = table.Metadata.Snapshots.Select(s => s.SnapshotId).ToList();
        table = (await FileModel.CommitAsync(table, new SetSnapshotRef("kept", new SnapshotRef(ids[0], IsBranch: false)))).Table;
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => FileModel.CommitAsync(table, new RemoveSnapshots(ids[0], ids[3])));
        Assert.Contains($"'kept' names {ids[0]}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'main' names {ids[3]}", error.Message, StringComparison.Ordinal);
        table = (await FileModel.CommitAsync(table, new RemoveSnapshots(ids[1], 42))).Table;
        Assert.Equal([ids[0], ids[2], ids[3]], table.Metadata.Snapshots.Select(s => s.SnapshotId));
        Assert.Equal([ids[2], ids[3]], table.Metadata.SnapshotLog.Select(e => e.SnapshotId));
        Assert.False((await FileModel.CommitAsync(table, new RemoveSnapshots(ids[1]))).Changed);
        WrittenTable.Check(table.MetadataLocation, opensFiles: false);
    }

    [Fact]
    public async Task Statistics_OfRemovedSnapshots_GoWithThem()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var table = (await FileModel.CommitAsync(three.Table, new AppendFiles([]))).Table;
        var statistics = JsonNode.Parse($$"""[{"snapshot-id":{{three.Read}},"statistics-path":"a"},{"snapshot-id":{{table.Metadata.CurrentSnapshotId}},"statistics-path":"b"}]""");
        var with = table.Metadata with { Unknown = new Dictionary<string, JsonNode?> { ["statistics"] = statistics } };
        var updated = await new RemoveSnapshots(three.Read).ApplyAsync(with, new CommitContext(table, 1, 0), default);
        Assert.Equal("b", (string?)Assert.Single(updated.Unknown["statistics"]!.AsArray())!["statistics-path"]);
    }

    [Fact]
    public async Task Refs_AreMadeMovedAndRemovedAsExpected()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var table = (await FileModel.CommitAsync(three.Table, new AppendFiles([three.Files.Data(1)]))).Table;
        var branch = new SnapshotRef(three.Read, IsBranch: true, 5, 1000, 2000);
        table = (await FileModel.CommitAsync(table, new SetSnapshotRef("b", branch) { Expects = RefExpectation.Absent })).Table;
        Assert.Equal(branch, table.Metadata.Refs["b"]);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => FileModel.CommitAsync(table, new SetSnapshotRef("b", branch) { Expects = RefExpectation.Absent }));
        await Assert.ThrowsAsync<NotFoundException>(() => FileModel.CommitAsync(table, new SetSnapshotRef("c", null) { Expects = RefExpectation.Present }));
        table = (await FileModel.CommitAsync(table, new SetSnapshotRef("b", branch with { SnapshotId = table.Metadata.CurrentSnapshotId!.Value }) { Expects = RefExpectation.Present })).Table;
        Assert.Equal(5, table.Metadata.Refs["b"].MinSnapshotsToKeep);
        // A commit to the branch keeps how long its snapshots are kept.
        table = (await FileModel.CommitAsync(table, new AppendFiles([three.Files.Data(1)]) { Branch = "b" })).Table;
        Assert.Equal((5, 1000L, 2000L), (table.Metadata.Refs["b"].MinSnapshotsToKeep, table.Metadata.Refs["b"].MaxSnapshotAgeMs, table.Metadata.Refs["b"].MaxRefAgeMs));
        Assert.False((await FileModel.CommitAsync(table, new SetSnapshotRef("b", null))).Table.Metadata.Refs.ContainsKey("b"));
        foreach (var fault in new[] { branch with { IsBranch = false }, branch with { MinSnapshotsToKeep = 0 }, branch with { MaxRefAgeMs = -1 } })
        {
            await Assert.ThrowsAsync<InvalidTableArgumentException>(() => FileModel.CommitAsync(table, new SetSnapshotRef("new", fault)));
        }

        var log = table.Metadata.SnapshotLog.Count;
        table = (await FileModel.CommitAsync(table, new SetSnapshotRef("main", new SnapshotRef(table.Metadata.CurrentSnapshotId!.Value, IsBranch: true, MinSnapshotsToKeep: 3)))).Table;
        Assert.Equal((3, log), (table.Metadata.Refs["main"].MinSnapshotsToKeep, table.Metadata.SnapshotLog.Count));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => FileModel.CommitAsync(table, new SetSnapshotRef("v1", new SnapshotRef(three.Read, false)), new AppendFiles([]) { Branch = "v1" }));
    }
}
