using System.Globalization;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>What must hold between a table and its model after every operation.</summary>
internal static class RoundTripChecks
{
    public static async Task BranchesAsync(RoundTripTable table, Func<ScanPlan, Task<List<string>?>> readElsewhere)
    {
        foreach (var (branch, rows) in table.Branches)
        {
            var scan = table.Table.NewScan().UseRef(branch);
            var (schema, expected) = (scan.FindSchema(), ModelRows.Lines(rows));
            var read = await ReadAsync(table, scan with { Columns = [.. schema.Fields.Select(f => f.Name), MetadataColumns.File.Name, MetadataColumns.Position.Name] });
            Same(expected, ModelRows.Lines(read.Select(r => r[..^2])), $"the rows of {branch}");
            Assert.Equal(read.Count, read.Select(r => ((string)r[^2]!, (long)r[^1]!)).Distinct().Count());

            var plan = await scan.PlanAsync(default);
            if (await readElsewhere(plan) is { } elsewhere)
            {
                Same(expected, [.. elsewhere.Order(StringComparer.Ordinal)], $"the rows of {branch} by the other reader");
            }

            var live = scan.FindSnapshot() is { } snapshot ? await SnapshotFiles.ReadAsync(table.Table, snapshot, default).ToListAsync() : [];
            Assert.Equal(live.Count, live.Select(f => f.FilePath).Distinct().Count());
            await ReportsAsync(table, scan, live, plan.Report);
            Totals(scan.FindSnapshot(), live, rows.Count);
        }
    }

    /// <summary>A part of the rows and of the columns, by a random filter.</summary>
    public static async Task PartsAsync(RoundTripTable table)
    {
        var branch = table.AnyBranch();
        var (rows, scan) = (table.Branches[branch], table.Table.NewScan().UseRef(branch));
        var schema = scan.FindSchema();
        var filter = ModelFilter.Next(table.Random, schema, rows);
        int[] places = [.. Enumerable.Range(0, schema.Fields.Count).Where(_ => table.Random.Next(2) == 0)];
        table.Random.Shuffle(places);
        places = places.Length == 0 ? [0] : places;
        scan = scan with { Filter = filter.Filter, Columns = [.. places.Select(p => schema.Fields[p].Name)] };
        var expected = rows.Where(r => filter.Holds(r) == true).Select(r => places.Select(p => r[p]).ToArray());
        Same(ModelRows.Lines(expected), ModelRows.Lines(await ReadAsync(table, scan)), $"columns {string.Join(", ", scan.Columns)} of {branch} where {filter.Text}");
        var live = scan.FindSnapshot() is { } snapshot ? await SnapshotFiles.ReadAsync(table.Table, snapshot, default).ToListAsync() : [];
        await ReportsAsync(table, scan, live, (await scan.PlanAsync(default)).Report);
    }

    /// <summary>Each snapshot that is kept reads as it did, by the schema that it was made with.</summary>
    public static async Task SnapshotsAsync(RoundTripTable table, Func<Snapshot, bool> which)
    {
        foreach (var snapshot in table.Table.Metadata.Snapshots.Where(which))
        {
            var scan = table.Table.NewScan() with { SnapshotId = snapshot.SnapshotId };
            Same(ModelRows.Lines(table.RowsOf(snapshot.SnapshotId, scan.FindSchema())), ModelRows.Lines(await ReadAsync(table, scan)), $"snapshot {table.PlaceOf(snapshot.SnapshotId)}");
        }
    }

    public static async Task<List<object?[]>> ReadAsync(RoundTripTable table, TableScan scan)
    {
        var (rows, projection) = (new List<object?[]>(), scan.FindProjection());
        await foreach (var batch in scan.ReadAsync(table.Format, default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, projection));
            }
        }

        return rows;
    }

    private static void Same(List<string> expected, List<string> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
        {
            var (missing, extra) = (Without(expected, actual), Without(actual, expected));
            Assert.Fail($"{what}: {expected.Count} rows expected, {actual.Count} read\nmissing:\n  {string.Join("\n  ", missing.Take(5))}\nnot expected:\n  {string.Join("\n  ", extra.Take(5))}");
        }

        static List<string> Without(List<string> left, List<string> right)
        {
            var rest = left.ToList();
            right.ForEach(line => rest.Remove(line));
            return rest;
        }
    }

    private static async Task ReportsAsync(RoundTripTable table, TableScan scan, List<DataFile> live, ScanReport report)
    {
        var data = live.Count(f => f.Content == FileContent.Data);
        var manifests = scan.FindSnapshot() is { } snapshot ? await ManifestListReader.ReadAsync(table.Table.Storage, snapshot, default) : [];
        Assert.Equal(manifests.Count(m => !m.IsDeletes), report.ManifestsRead + report.ManifestsSkipped);
        if (report.ManifestsSkippedByPartition == 0)
        {
            Assert.Equal(data, report.FilesPlanned + report.FilesSkipped);
        }
        else
        {
            Assert.InRange(report.FilesPlanned + report.FilesSkipped, 0, data);
        }
    }

    private static void Totals(Snapshot? snapshot, List<DataFile> live, int rows)
    {
        if (snapshot is null)
        {
            Assert.Equal(0, rows);
            return;
        }

        var (data, deletes) = (live.Where(f => f.Content == FileContent.Data).ToList(), live.Where(f => f.Content != FileContent.Data).ToList());
        var records = data.Sum(f => f.RecordCount);
        Assert.Equal(
            [("total-data-files", data.Count), ("total-delete-files", deletes.Count), ("total-records", records), ("total-position-deletes", deletes.Sum(f => f.RecordCount)), ("total-files-size", live.Sum(f => f.FileSizeInBytes))],
            new[] { "total-data-files", "total-delete-files", "total-records", "total-position-deletes", "total-files-size" }.Select(k => (k, long.Parse(snapshot.Summary[k], CultureInfo.InvariantCulture))));
        // A position delete may be of a file that is gone since.
        Assert.InRange(rows, records - deletes.Sum(f => f.RecordCount), deletes.Count == 0 ? records : long.MaxValue);
        Assert.True(rows <= records);
    }
}
