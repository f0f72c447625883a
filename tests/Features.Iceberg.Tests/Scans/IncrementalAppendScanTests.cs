using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Scans;

/// <summary>What appends added between two snapshots.</summary>
public sealed class IncrementalAppendScanTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Scan_ReadsOnlyWhatAppendsAddedBetween()
    {
        var (table, ids) = await HistoryAsync();
        Assert.Equal([1, 2, 4, 5], await ReadAsync(new IncrementalAppendScan(table)));
        Assert.Equal([2, 4, 5], await ReadAsync(new IncrementalAppendScan(table) { FromSnapshotId = ids[0] }));
        Assert.Equal([1, 2, 4, 5], await ReadAsync(new IncrementalAppendScan(table) { FromSnapshotId = ids[0], IncludesFrom = true }));
        Assert.Equal([2], await ReadAsync(new IncrementalAppendScan(table) { FromSnapshotId = ids[0], ToSnapshotId = ids[1] }));
        // The third snapshot overwrote and is passed over, as end and as beginning.
        Assert.Equal([2], await ReadAsync(new IncrementalAppendScan(table) { FromSnapshotId = ids[0], ToSnapshotId = ids[2] }));
        Assert.Equal([4, 5], await ReadAsync(new IncrementalAppendScan(table) { FromSnapshotId = ids[2], IncludesFrom = true }));
        Assert.Empty(await ReadAsync(new IncrementalAppendScan(table) { FromSnapshotId = ids[4] }));
        Assert.Equal([5], await ReadAsync(new IncrementalAppendScan(table) { Filter = Filter.Compare("delay", Comparison.Greater, 4) }));
    }

    [Fact]
    public async Task Snapshots_OfNoCommonLine_AreRefused()
    {
        var (table, ids) = await HistoryAsync();
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => new IncrementalAppendScan(table) { FromSnapshotId = ids[3], ToSnapshotId = ids[1] }.PlanAsync(default));
        Assert.Contains("no ancestor", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => new IncrementalAppendScan(table) { FromSnapshotId = 42 }.PlanAsync(default));
        await Assert.ThrowsAsync<NotFoundException>(() => new IncrementalAppendScan(table) { ToSnapshotId = 42 }.PlanAsync(default));
    }

    /// <summary>Appends of 1 and 2, an overwrite that removes 1 and adds 3, appends of 4 and 5.</summary>
    private async Task<(Table Table, List<long> Ids)> HistoryAsync()
    {
        var table = await warehouse.CreateAsync("ns.flights", Warehouse.Flights);
        var ids = new List<long>();
        for (var i = 1; i <= 5; i++)
        {
            if (i == 3)
            {
                var first = (await table.NewScan().PlanAsync(default)).Tasks[0].File;
                var overwrite = new OverwriteFiles { Removed = [first], Added = await warehouse.WriteAsync(table, [[0L, "SFO", i]]) };
                table = (await table.NewTransaction().Add(overwrite).CommitAsync(default)).Table;
            }
            else
            {
                table = await warehouse.AppendAsync(table, [(long)i, "SFO", i]);
            }

            ids.Add(table.Metadata.CurrentSnapshotId!.Value);
        }

        return (table, ids);
    }

    private static async Task<List<int>> ReadAsync(IncrementalAppendScan scan)
    {
        var plan = await (scan with { Columns = ["delay"] }).PlanAsync(default);
        var delays = new List<int>();
        await foreach (var batch in new ScanReader(new ParquetNetFormat(scan.Table.Storage), scan.Table.Storage).ReadAsync(plan, default))
        {
            using (batch)
            {
                delays.AddRange(Rows.Of(batch, plan.Projection).Select(r => (int)r[0]!));
            }
        }

        return [.. delays.Order()];
    }
}
