using System.Globalization;
using Features.DuckDb.DataFiles;
using Features.Iceberg;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;

namespace Features.DuckDb.Tests.DataFiles;

/// <summary>The library's two readers of data files, which share no code below the schema, over every file of every snapshot that other engines left: the same rows, or both refuse.</summary>
public sealed class OtherEnginesTests : IAsyncDisposable
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 2 });

    public static TheoryData<string, string, string> Snapshots() => [.. FixtureTable.Snapshots()];

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    [Theory]
    [MemberData(nameof(Snapshots), DisableDiscoveryEnumeration = true)]
    public async Task Snapshot_ReadByParquetNetAndByDuckDb_HasTheSameRows(string source, string table, string snapshot)
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var entry = FixtureTable.Inventory(source)!.First(t => t.GetProperty("table").GetString() == table);
        Table opened;
        ScanPlan plan;
        try
        {
            opened = await FixtureTable.OpenAsync(source, entry);
            var scan = opened.NewScan();
            plan = await (snapshot.Length == 0 ? scan : scan with { SnapshotId = long.Parse(snapshot, CultureInfo.InvariantCulture) }).PlanAsync(default);
        }
        catch (Exception unplanned) when (unplanned is IcebergException or OverflowException)
        {
            // No reader sees it; the library's own tests state the reasons.
            return;
        }

        var own = new ParquetNetFormat(opened.Storage);
        var fast = new DuckDbDataFiles(engine, own);
        foreach (var task in plan.Tasks)
        {
            Assert.Equal(await ReadAsync(own, task, plan), await ReadAsync(fast, task, plan));
        }
    }

    private static async Task<List<string>> ReadAsync(IDataFileFormat format, FileScanTask task, ScanPlan plan)
    {
        var rows = new List<string>();
        try
        {
            await foreach (var batch in format.ReadAsync(task, plan.Projection, default))
            {
                using (batch)
                {
                    rows.AddRange(Rows.Of(batch, plan.Projection).Select(r => Rows.Text(r)));
                }
            }
        }
        catch (IcebergException)
        {
            return ["refused"];
        }

        return rows;
    }
}
