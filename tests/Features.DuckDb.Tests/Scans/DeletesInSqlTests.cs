using System.Globalization;
using Features.Core.Engine;
using Features.Iceberg;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Tests.Scans;

/// <summary>Every snapshot that other engines left, read by SQL and by the library's own reader, which share nothing but the plan and the reading of delete files: the same rows, deletes and metadata columns included.</summary>
public sealed class DeletesInSqlTests : IAsyncDisposable
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 2 });

    public static TheoryData<string, string, string> Snapshots() => [.. FixtureTable.Snapshots()];

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    [Theory]
    [MemberData(nameof(Snapshots), DisableDiscoveryEnumeration = true)]
    public async Task Snapshot_ReadBySqlAndByTheScanReader_HasTheSameRows(string source, string table, string snapshot)
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

        // Without row lineage these are null, with it they are the rows' identity.
        plan = plan with
        {
            Projection = plan.Projection with
            {
                Fields = [.. plan.Projection.Fields, MetadataColumns.Position, MetadataColumns.File, MetadataColumns.SpecId, MetadataColumns.Partition(opened.Metadata), MetadataColumns.RowId, MetadataColumns.LastUpdatedSequenceNumber],
            },
        };
        if (plan.Projection.Fields.DistinctBy(f => f.Name.ToLowerInvariant()).Count() < plan.Projection.Fields.Count || ((StructType)MetadataColumns.Partition(opened.Metadata).Type).Fields.Count == 0)
        {
            plan = plan with { Projection = plan.Projection with { Fields = [.. plan.Projection.Fields.Where(f => f.Id != MetadataColumns.PartitionId).DistinctBy(f => f.Name.ToLowerInvariant())] } };
        }

        var own = new ScanReader(new ParquetNetFormat(opened.Storage), opened.Storage);
        Assert.Equal(await Read(() => OwnAsync(own, plan)), await Read(() => SqlAsync(plan)));
    }

    private static async Task<List<string>> OwnAsync(ScanReader reader, ScanPlan plan)
    {
        var rows = new List<string>();
        await foreach (var batch in reader.ReadAsync(plan, default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, plan.Projection).Select(r => Rows.Text(r)));
            }
        }

        return rows;
    }

    private async Task<List<string>> SqlAsync(ScanPlan plan)
    {
        await using var session = await engine.OpenAsync(SqlTrust.User, default);
        await session.AddTableAsync("t", plan, default);
        var rows = new List<string>();
        await foreach (var batch in session.QueryAsync("SELECT * FROM t", default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, plan.Projection).Select(r => Rows.Text(r)));
            }
        }

        return rows;
    }

    private static async Task<IEnumerable<string>> Read(Func<Task<List<string>>> read)
    {
        try
        {
            return (await read()).Order(StringComparer.Ordinal);
        }
        catch (IcebergException)
        {
            return ["refused"];
        }
    }
}
