using Features.Iceberg.Maintenance;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>Random maintenance, and moves of branches and tags.</summary>
internal static class Upkeep
{
    public static async Task RewriteAsync(RoundTripTable table)
    {
        var branch = table.AnyBranch();
        var rows = table.Branches[branch];
        var filter = table.Random.Next(3) == 0 ? ModelFilter.Next(table.Random, table.Table.Metadata.CurrentSchema, rows) : null;
        var rewrite = new DataFileRewrite(table.Table, table.Format)
        {
            Branch = branch,
            Filter = filter?.Filter ?? Scans.Filter.True,
            MinInputFiles = 2,
            DeleteFileThreshold = 1,
            RewritesAll = table.Random.Next(2) == 0,
            SortOrder = table.Random.Next(2) == 0 && table.Table.Metadata.DefaultSortOrder.Fields.Count > 0 ? table.Table.Metadata.DefaultSortOrder : null,
            GroupsPerCommit = table.Random.Next(3) == 0 ? 1 : null,
        };
        var plan = await rewrite.PlanAsync();
        table.Log($"rewrite {plan.Groups.Sum(g => g.Tasks.Count)} files of {branch} in {plan.Groups.Count} groups{(filter is null ? "" : " where " + filter.Text)}");
        var result = await rewrite.ExecuteAsync(plan);
        Assert.Empty(result.Conflicts);
        Assert.Equal(plan.Groups.Sum(g => g.Tasks.Count), result.FilesRemoved);
        table.Take(result.Commit.Table, branch, rows);
    }

    public static async Task ExpireAsync(RoundTripTable table)
    {
        var expiry = new SnapshotExpiry(table.Table) { OlderThan = TimeProvider.System.GetUtcNow().AddDays(1), RetainLast = table.Random.Next(1, 4) };
        var plan = await expiry.PlanAsync();
        table.Log($"expire {plan.Snapshots.Count} of {table.Table.Metadata.Snapshots.Count} snapshots, {plan.Files.Count} files");
        var result = await expiry.ExecuteAsync(plan);
        Assert.Equal(plan.Files.Count, result.Files.Removed);
        Assert.All(plan.Files, f => Assert.False(File.Exists(f.Location), f.Location));
        table.Follow(result.Commit.Table);
    }

    public static async Task RemoveOrphansAsync(RoundTripTable table)
    {
        table.Log("remove orphans");
        var left = Path.Combine(table.Table.DataFolder, $"left-{table.Random.Next()}.parquet");
        Directory.CreateDirectory(table.Table.DataFolder);
        await File.WriteAllTextAsync(left, "x");
        foreach (var file in Directory.GetFiles(table.Table.Metadata.Location, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-10));
        }

        var removal = new OrphanRemoval(table.Table);
        var plan = await removal.PlanAsync();
        // Every operation before has taken its own litter away.
        Assert.Equal([left], plan.Files.Select(f => f.Location).Where(f => !f.EndsWith(".metadata.json", StringComparison.Ordinal) && !f.EndsWith(".metadata.json.gz", StringComparison.Ordinal) && !f.EndsWith(".gz.metadata.json", StringComparison.Ordinal)));
        Assert.Equal(plan.Files.Count, (await removal.ExecuteAsync(plan)).Removed);
    }

    public static async Task SetRefAsync(RoundTripTable table)
    {
        var metadata = table.Table.Metadata;
        if (metadata.Snapshots.Count == 0)
        {
            return;
        }

        var snapshot = metadata.Snapshots[table.Random.Next(metadata.Snapshots.Count)].SnapshotId;
        var isBranch = table.Random.Next(3) == 0 && metadata.Refs.Count(r => r.Value.IsBranch) < 3;
        var gone = metadata.Refs.Keys.Where(k => k != SnapshotRef.Main).ToArray();
        if (gone.Length > 2)
        {
            var name = gone[table.Random.Next(gone.Length)];
            table.Log($"remove ref {name}");
            await table.CommitAsync(new SetSnapshotRef(name, null));
            return;
        }

        var added = $"{(isBranch ? "branch" : "tag")}-{table.Random.Next()}";
        table.Log($"make {added} at snapshot {table.PlaceOf(snapshot)}");
        var next = (await table.Table.NewTransaction().Add(new SetSnapshotRef(added, new SnapshotRef(snapshot, isBranch))).CommitAsync(default)).Table;
        if (isBranch)
        {
            table.Take(next, added, table.RowsOf(snapshot, next.Metadata.CurrentSchema));
        }
        else
        {
            table.Follow(next);
        }
    }

    public static async Task RollBackAsync(RoundTripTable table)
    {
        var metadata = table.Table.Metadata;
        var ancestors = new List<long>();
        for (var at = metadata.CurrentSnapshot; at is not null; at = at.ParentId is { } parent ? metadata.FindSnapshot(parent) : null)
        {
            ancestors.Add(at.SnapshotId);
        }

        if (ancestors.Count < 2)
        {
            return;
        }

        var target = ancestors[table.Random.Next(1, ancestors.Count)];
        table.Log($"roll main back to snapshot {table.PlaceOf(target)}");
        var next = (await table.Table.NewTransaction().Add(new RollbackTo(target)).CommitAsync(default)).Table;
        table.Take(next, SnapshotRef.Main, table.RowsOf(target, next.Metadata.CurrentSchema));
    }
}
