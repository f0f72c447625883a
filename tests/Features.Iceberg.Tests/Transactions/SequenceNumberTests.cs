using Features.Iceberg.FaultHost;
using Features.Iceberg.Manifests;
using Features.Iceberg.Written;

namespace Features.Iceberg.Transactions;

/// <summary>Which deletes still apply after a commit hangs on the sequence numbers that it leaves behind.</summary>
public sealed class SequenceNumberTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    /// <summary>A later action of a transaction follows a snapshot of the same transaction, which each attempt makes anew under the same id.</summary>
    [Theory]
    [InlineData("append")]
    [InlineData("merging append")]
    [InlineData("delete")]
    public async Task Transaction_OfTwoActionsThatIsOvertaken_KeepsTheRivalsFilesAndNumbersItsOwnAnew(string second)
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t", ("commit.manifest.min-count-to-merge", "2"));
        var (kept, gone) = (three.Files.Data(0), three.Files.Data(0));
        var (fresh, rivals) = (three.Files.Data(0), new[] { three.Files.Data(0), three.Files.Data(0) });
        var catalog = new FaultyCatalog(warehouse.Catalog);
        catalog.Swap = async (from, updated) =>
        {
            foreach (var rival in catalog.Swaps == 1 ? rivals : [])
            {
                await FileModel.CommitAsync(await three.Files.CurrentAsync(), new AppendFiles([rival]));
            }

            return await warehouse.Catalog.TrySwapAsync(from, updated, default);
        };
        SnapshotAction action = second switch
        {
            "append" => new AppendFiles([fresh]),
            "merging append" => new AppendFiles([fresh]) { MergesManifests = true },
            _ => new DeleteFiles([gone]),
        };

        var done = (await catalog.Wrap(three.Table).NewTransaction().Add(new AppendFiles([kept, gone])).Add(action).CommitAsync(default)).Table;

        var live = await FileModel.LiveAsync(done);
        DataFile[] expected = [three.A, three.B, three.C, kept, .. second == "delete" ? [] : new[] { gone, fresh }, .. rivals];
        Assert.Equal(expected.Select(f => f.FilePath).Order(StringComparer.Ordinal), live.Keys);
        Assert.All(live.Values, e => Assert.Equal(done.Metadata.FindSnapshot(e.SnapshotId!.Value)!.SequenceNumber, e.SequenceNumber));
        Assert.All(live.Values, e => Assert.Equal(e.SequenceNumber, e.FileSequenceNumber));
        WrittenTable.Check(done.MetadataLocation, opensFiles: false);
        Assert.Empty(await FileModel.OrphansAsync(done));
    }

    /// <summary>The rows of a rewrite that keeps its number are as old as those that it read, though every other file of the table is younger than the deletes.</summary>
    [Fact]
    public async Task Rewrite_KeepingItsNumber_KeepsTheEqualityDeletesThatCameMeanwhile()
    {
        var files = new FileModel(warehouse);
        var (old, packed, equalities) = (files.Data(0), files.Data(0), files.Equalities(0));
        var read = (await FileModel.CommitAsync(await files.CreateAsync(), new AppendFiles([old]))).Table;
        await FileModel.CommitAsync(read, new RowDelta { Deletes = [equalities] });
        await FileModel.CommitAsync(read, new AppendFiles([files.Data(0)]));

        var done = await FileModel.CommitAsync(
            read, new RewriteFiles { Removed = [old], Added = [packed], FromSnapshotId = read.Metadata.CurrentSnapshotId!.Value, DataSequenceNumber = read.Metadata.LastSequenceNumber });

        var live = await FileModel.LiveAsync(done.Table);
        Assert.Equal(1, live[packed.FilePath].SequenceNumber);
        Assert.Equal(2, live[equalities.FilePath].SequenceNumber);
        Assert.DoesNotContain("removed-delete-files", done.Table.Metadata.CurrentSnapshot!.Summary.Keys);
    }
}
