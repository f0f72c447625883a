using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

/// <summary>Changes of rows and maintenance in any sequence: the rows stay, every kept snapshot reads as it did, and what is removed is what nothing leads to.</summary>
public sealed class MaintenanceModelTests : IDisposable
{
    private readonly Warehouse warehouse = new();
    private int tables;

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Maintenance_BetweenAnyOperations_KeepsEveryRow() => await Gen
        .Select(Gen.Int[0, ModelTable.Specs.Length - 1], Gen.Bool, Gen.Bool, Gen.Int[0, int.MaxValue - 1], Gen.Int[0, 8].Array[2, 8])
        .SampleAsync(
            async (spec, mergesOnRead, isSorted, seed, operations) =>
            {
                var model = await ModelTable.CreateAsync(warehouse, $"ns.t{tables++}", spec, mergesOnRead, isSorted, seed);
                await model.AppendAsync();
                foreach (var operation in operations)
                {
                    await (operation switch
                    {
                        0 => model.AppendAsync(),
                        1 => model.DeleteAsync(),
                        2 => model.OverwriteAsync(),
                        3 => model.OverwritePartitionsAsync(),
                        4 => model.UpsertAsync(),
                        5 => RewriteAsync(model, isSorted, seed),
                        6 => ExpireAsync(model, (seed % 3) + 1),
                        7 => TagAsync(model),
                        _ => RemoveOrphansAsync(model),
                    });
                    await model.CheckAsync();
                    await model.CheckHistoryAsync();
                }
            },
            iter: 40,
            threads: 1);

    private async Task RewriteAsync(ModelTable model, bool isSorted, int seed)
    {
        var rewrite = new DataFileRewrite(model.Table, new ParquetNetFormat(warehouse.Storage))
        {
            MinInputFiles = 2,
            DeleteFileThreshold = 1,
            RewritesAll = seed % 2 == 0,
            SortOrder = isSorted && seed % 3 == 0 ? model.Table.Metadata.DefaultSortOrder : null,
            GroupsPerCommit = seed % 5 == 0 ? 1 : null,
        };
        var plan = await rewrite.PlanAsync();
        var result = await rewrite.ExecuteAsync(plan);

        Assert.Empty(result.Conflicts);
        Assert.Equal(!plan.IsEmpty, result.Commit.Changed);
        Assert.Equal(plan.Groups.Sum(g => g.Tasks.Count), result.FilesRemoved);
        Assert.Equal(plan.Deletes.Count, result.DeleteFilesRemoved);
        model.Continue(result.Commit.Table);
        Assert.DoesNotContain(await TableUnderCare.FilesAsync(model.Table), f => f.Content != FileContent.Data);
        if (!rewrite.RewritesAll)
        {
            // Nothing is left to do.
            Assert.True((await new DataFileRewrite(model.Table, new ParquetNetFormat(warehouse.Storage)) { MinInputFiles = 2, DeleteFileThreshold = 1, SortOrder = rewrite.SortOrder }.PlanAsync()).IsEmpty);
        }
    }

    private static async Task ExpireAsync(ModelTable model, int retain)
    {
        var expiry = new SnapshotExpiry(model.Table) { OlderThan = TimeProvider.System.GetUtcNow().AddDays(1), RetainLast = retain };
        var reachableBefore = await TableUnderCare.ReachableAsync(model.Table);
        var plan = await expiry.PlanAsync();
        var result = await expiry.ExecuteAsync(plan);
        model.Continue(result.Commit.Table);

        // All that only the expired snapshots led to is gone, and it is what was announced.
        var reachable = await TableUnderCare.ReachableAsync(model.Table);
        Assert.All(reachableBefore.Except(reachable).Where(f => !f.EndsWith(".metadata.json", StringComparison.Ordinal)), f => Assert.False(File.Exists(f), f));
        Assert.Equal(
            reachableBefore.Except(reachable).Where(f => !f.EndsWith(".metadata.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            plan.Files.Select(f => f.Location).Order(StringComparer.Ordinal));
        Assert.Equal(plan.Files.Count, result.Files.Removed);
    }

    private static async Task TagAsync(ModelTable model)
    {
        var name = $"v{model.Table.Metadata.Refs.Count}";
        if (model.Table.Metadata.CurrentSnapshotId is { } id)
        {
            model.Continue((await model.Table.NewTransaction().Add(new SetSnapshotRef(name, new SnapshotRef(id, IsBranch: false))).CommitAsync(default)).Table);
        }
    }

    private static async Task RemoveOrphansAsync(ModelTable model)
    {
        var folder = Path.Combine(model.Table.Metadata.Location, "data");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, $"left-{Guid.NewGuid():N}.parquet"), "x");
        TableUnderCare.Age(model.Table);
        await File.WriteAllTextAsync(Path.Combine(folder, "being-written.parquet"), "x");

        var removal = new OrphanRemoval(model.Table);
        var plan = await removal.PlanAsync();
        var result = await removal.ExecuteAsync(plan);

        Assert.Equal(plan.Files.Count, result.Removed);
        Assert.Contains(plan.Files, f => f.Location.Contains("left-", StringComparison.Ordinal));
        var reachable = await TableUnderCare.ReachableAsync(model.Table);
        Assert.Equal(reachable.Append(Path.Combine(folder, "being-written.parquet")).Order(StringComparer.Ordinal), TableUnderCare.OnDisk(model.Table));
        File.Delete(Path.Combine(folder, "being-written.parquet"));
    }
}
