using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Scans;

/// <summary>Plans of real tables: what is skipped and why, deletes through manifests, nested and metadata columns in filters.</summary>
public sealed class ScanPlannerTests : IDisposable
{
    private const long Day = 86_400_000_000;

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Report_SaysWhatWasSkippedAndWhy()
    {
        var table = await warehouse.CreateAsync("ns.flights", Warehouse.Flights, Warehouse.ByDay);
        table = await warehouse.AppendAsync(table, [1 * Day, "SFO", 1], [2 * Day, "SFO", 2]);
        table = await warehouse.AppendAsync(table, [5 * Day, "JFK", 3], [5 * Day + 1, "SFO", 100], [6 * Day, "SFO", 101]);
        var plan = await (table.NewScan() with { Filter = Filter.Compare("at", Comparison.GreaterOrEqual, 5 * Day).And(Filter.Compare("delay", Comparison.Greater, 100)) }).PlanAsync(default);
        Assert.Equal((1, 1, 1, 1, 0), (plan.Report.ManifestsRead, plan.Report.ManifestsSkippedByPartition, plan.Report.FilesPlanned, plan.Report.FilesSkippedByMetrics, plan.Report.FilesSkippedByPartition));
        Assert.Equal(
            ["manifests: 1 read, 1 skipped by their partition summaries", "data files: 1 to read, 1 skipped by column metrics", $"rows: 1 in {plan.Report.BytesPlanned:N0} bytes, before deletes and the filter"],
            plan.Report.Lines());

        var ofOneDay = await (table.NewScan() with { Filter = Filter.Compare("at", Comparison.GreaterOrEqual, 6 * Day) }).PlanAsync(default);
        Assert.Equal((1, 1), (ofOneDay.Report.FilesSkippedByPartition, ofOneDay.Report.FilesSkipped));
    }

    [Fact]
    public async Task Plan_KeepsMetricsOnlyWhenAsked()
    {
        var table = await warehouse.CreateAsync("ns.flights", Warehouse.Flights);
        table = await warehouse.AppendAsync(table, [Day, "SFO", 1]);
        var scan = table.NewScan() with { Filter = Filter.Compare("delay", Comparison.Equal, 1) };
        Assert.Null(Assert.Single((await scan.PlanAsync(default)).Tasks).File.LowerBounds);
        Assert.Equal([1, 2, 3], Assert.Single((await (scan with { KeepsMetrics = true }).PlanAsync(default)).Tasks).File.LowerBounds!.Keys.Order());
    }

    [Fact]
    public async Task Deletes_CommittedLater_AreAppliedAndReported()
    {
        var table = await warehouse.CreateAsync("ns.flights", Warehouse.Flights, Warehouse.ByDay);
        table = await warehouse.AppendAsync(table, [Day, "SFO", 1], [Day, "JFK", 2], [Day, "LAX", 3], [3 * Day, "JFK", 4]);
        var files = await FilesAsync(table);
        var ofDay = files.Single(f => f.Partition[0] is 1);
        var position = await DeleteFileAsync("positions", [MetadataColumns.DeletedFilePath, MetadataColumns.DeletedPosition], [[ofDay.FilePath, 0L]]) with
        {
            Content = FileContent.PositionDeletes, Partition = ofDay.Partition, ReferencedDataFile = ofDay.FilePath,
        };
        var equality = await DeleteFileAsync("equality", [Warehouse.Flights.Fields[1]], [["JFK"]]) with { Content = FileContent.EqualityDeletes, Partition = ofDay.Partition, EqualityIds = [2] };
        var result = await table.NewTransaction().Add(new RowDelta { Deletes = [position, equality] }).CommitAsync(default);
        // Rows written after the delete stay, whatever they equal.
        table = await warehouse.AppendAsync(result.Table, [Day + 1, "JFK", 5]);

        var plan = await table.NewScan().PlanAsync(default);
        Assert.Equal((1, 2, 0), (plan.Report.DeleteManifestsRead, plan.Report.DeleteFilesPlanned, plan.Report.DeleteFilesNotApplying));
        Assert.Equal([3, 4, 5], (await ReadAsync(table.NewScan() with { Columns = ["delay"] })).Select(r => (int)r[0]!).Order());
        Assert.Equal([5, 3], (await ReadAsync(table.NewScan() with { Columns = ["delay"], Filter = Filter.Compare("at", Comparison.Less, 3 * Day) })).Select(r => (int)r[0]!).OrderDescending());
        var other = await (table.NewScan() with { Filter = Filter.Compare("at", Comparison.GreaterOrEqual, 3 * Day) }).PlanAsync(default);
        Assert.Equal((0, 1), (other.Report.DeleteManifestsRead, other.Report.DeleteManifestsSkipped));
    }

    [Fact]
    public async Task Filter_OnMetadataColumnsAndStructs_NamesThemByDots()
    {
        var schema = new Schema(0, [new(1, "id", new PrimitiveType(PrimitiveKind.Int), false), new(2, "point", new StructType([new(3, "x", new PrimitiveType(PrimitiveKind.Int), false)]), false)], []);
        var table = await warehouse.CreateAsync("ns.points", schema);
        table = await warehouse.AppendAsync(table, [1, new object?[] { 10 }], [2, null], [3, new object?[] { 30 }]);
        table = await warehouse.AppendAsync(table, [4, new object?[] { 400 }]);
        var byStruct = table.NewScan() with { Columns = ["id"], Filter = Filter.Compare("point.x", Comparison.LessOrEqual, 30) };
        Assert.Equal([1, 3], (await ReadAsync(byStruct)).Select(r => (int)r[0]!));
        Assert.Equal(1, (await byStruct.PlanAsync(default)).Report.FilesSkippedByMetrics);
        Assert.Equal([2], (await ReadAsync(byStruct with { Filter = Filter.Compare("point.x", Comparison.IsNull) })).Select(r => (int)r[0]!));
        Assert.Equal([3], (await ReadAsync(byStruct with { Filter = Filter.Compare("_pos", Comparison.Equal, 2) })).Select(r => (int)r[0]!));
        Assert.Equal([[4, 0L]], await ReadAsync(table.NewScan() with { Columns = ["id", "_pos"], Filter = Filter.Compare("_file", Comparison.Equal, (await FilesAsync(table)).Single(f => f.RecordCount == 1).FilePath) }));
    }

    private static async Task<List<DataFile>> FilesAsync(Table table)
    {
        var files = new List<DataFile>();
        await foreach (var file in SnapshotFiles.ReadAsync(table, table.Metadata.CurrentSnapshot, default))
        {
            files.Add(file);
        }

        return files;
    }

    private static async Task<List<object?[]>> ReadAsync(TableScan scan)
    {
        var rows = new List<object?[]>();
        await foreach (var batch in scan.ReadAsync(new ParquetNetFormat(scan.Table.Storage), default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, scan.FindProjection()));
            }
        }

        return rows;
    }

    private async Task<DataFile> DeleteFileAsync(string name, IReadOnlyList<NestedField> fields, IReadOnlyList<object?[]> rows)
    {
        var schema = new Schema(0, fields, []);
        await using var writer = await new ParquetNetFormat(warehouse.Storage).CreateAsync(Path.Combine(warehouse.Folder, $"{name}.parquet"), schema, DataFileOptions.Default, default);
        using var batch = Rows.ToBatch(schema, rows);
        await writer.WriteAsync(batch, default);
        return await writer.CompleteAsync(default);
    }
}
