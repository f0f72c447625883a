using Features.Iceberg.Manifests;
using Features.Iceberg.Written;

namespace Features.Iceberg.Transactions;

public sealed class ConcurrentWritersTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    /// <summary>Each writer changes files of its own, so that no commit conflicts and all must be there in the end.</summary>
    [Fact]
    public async Task Writers_OfAllKinds_LoseNoCommit()
    {
        const int Writers = 6, Commits = 5;
        var files = new FileModel(warehouse);
        var start = await files.CreateAsync(properties: [("commit.retry.num-retries", "200"), ("commit.manifest.min-count-to-merge", "3")]);
        await FileModel.CommitAsync(start, new AppendFiles([files.Data(99)]));
        var live = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer, Commits))));

        var table = await files.CurrentAsync();
        Assert.Equal(live.SelectMany(l => l).Select(f => f.FilePath).Order(StringComparer.Ordinal), (await FileModel.LiveAsync(table)).Values.Where(e => (int)e.File.Partition[0]! != 99).Select(e => e.File.FilePath));
        Assert.Equal((Writers * Commits) + 1, table.Metadata.Snapshots.Count);
        var parents = table.Metadata.Snapshots.Zip(table.Metadata.Snapshots.Skip(1));
        Assert.All(parents, p => Assert.Equal(p.First.SnapshotId, p.Second.ParentId));
        WrittenTable.Check(table.MetadataLocation, opensFiles: false);
        Assert.Empty(await FileModel.OrphansAsync(table));

        async Task<List<DataFile>> WriteAsync(int writer, int commits)
        {
            using var catalog = warehouse.OpenAgain();
            var own = new List<DataFile>();
            for (var i = 0; i < commits; i++)
            {
                var table = (await catalog.TryLoadTableAsync(start.Identifier!, default))!;
                var fresh = files.Data(writer);
                SnapshotAction action = (i, own.Count) switch
                {
                    (0, _) => new AppendFiles([fresh]),
                    (1, _) => new AppendFiles([fresh]) { MergesManifests = writer % 2 == 0 },
                    (2, > 0) => new OverwriteFiles { Removed = [own[0]], Added = [fresh], Check = new(table.Metadata.CurrentSnapshotId, IsolationLevel.Snapshot, Scans.Filter.Compare("k", Scans.Comparison.Equal, writer)) },
                    (3, > 0) => new RewriteFiles { Removed = [own[0]], Added = [fresh], FromSnapshotId = table.Metadata.CurrentSnapshotId!.Value },
                    _ => new ReplacePartitions([fresh]) { Check = new(table.Metadata.CurrentSnapshotId, IsolationLevel.Serializable, Scans.Filter.True) },
                };
                await table.NewTransaction().Add(action).CommitAsync(default);
                own = i switch { 0 or 1 => [.. own, fresh], 2 or 3 => [.. own.Skip(1), fresh], _ => [fresh] };
            }

            return own;
        }
    }
}
