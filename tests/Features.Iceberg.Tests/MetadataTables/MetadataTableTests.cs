using Apache.Arrow;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.MetadataTables;

/// <summary>Metadata tables of tables that the library writes: each row is held to what was written.</summary>
public sealed class MetadataTableTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Open_OfAnUnknownName_ListsTheNames()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights);
        var error = Assert.Throws<NotFoundException>(() => MetadataTable.Open(table, "snapshot"));
        Assert.Contains("snapshots", error.Message, StringComparison.Ordinal);
        Assert.Contains("metadata_log_entries", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfTheWholeHistory_TakesNoSnapshot_AndOfASnapshotOnlyOneThatIsThere()
    {
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights), [0L, "JFK", 1]);
        Assert.Contains("takes no snapshot", Assert.Throws<InvalidTableArgumentException>(() => MetadataTable.Open(table, "history", table.Metadata.CurrentSnapshotId)).Message, StringComparison.Ordinal);
        Assert.Equal("snapshot-not-found", Assert.Throws<NotFoundException>(() => MetadataTable.Open(table, "files", 7)).Code);
    }

    [Fact]
    public async Task EveryTable_OfATableWithoutSnapshots_HasColumnsAndNoRowsButTheMetadataFile()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay);
        foreach (var name in MetadataTable.Names)
        {
            Assert.NotEmpty(MetadataTable.Open(table, name).Schema.Fields);
            Assert.Equal(name == "metadata_log_entries" ? 1 : 0, (await ReadAsync(table, name)).Count);
        }
    }

    [Fact]
    public async Task SnapshotsHistoryAndRefs_SayWhatWasCommitted()
    {
        var table = await FlightsAsync();
        var (first, second) = (table.Metadata.Snapshots[0], table.Metadata.Snapshots[1]);
        table = (await table.NewTransaction().Add(new SetSnapshotRef("v1", new SnapshotRef(first.SnapshotId, IsBranch: false, MaxRefAgeMs: 5))).CommitAsync(default)).Table;

        var snapshots = await ReadAsync(table, "snapshots");
        Assert.Equal([first.TimestampMs * 1000, first.SnapshotId, null, "append", first.ManifestList], snapshots[0][..5]);
        Assert.Equal([second.TimestampMs * 1000, second.SnapshotId, first.SnapshotId, "append", second.ManifestList], snapshots[1][..5]);
        Assert.Contains("added-records", Rows.Text(snapshots[0][5]), StringComparison.Ordinal);

        Assert.Equal([(first.SnapshotId, null, true), (second.SnapshotId, first.SnapshotId, true)], (await ReadAsync(table, "history")).Select(r => ((long)r[1]!, (long?)r[2], (bool)r[3]!)));
        Assert.Equal(
            [("main", "BRANCH", second.SnapshotId, null), ("v1", "TAG", first.SnapshotId, 5L)], (await ReadAsync(table, "refs")).Select(r => ((string)r[0]!, (string)r[1]!, (long)r[2]!, (long?)r[3])));
        var log = await ReadAsync(table, "metadata_log_entries");
        Assert.Equal([.. table.Metadata.MetadataLog.Select(e => e.MetadataFile), table.MetadataLocation], log.Select(r => r[1]));
        Assert.Equal([null, first.SnapshotId, second.SnapshotId, second.SnapshotId], log.Select(r => r[2]));
    }

    [Fact]
    public async Task History_OfATableThatWasSetBack_KnowsWhoIsNoAncestorAnyMore()
    {
        var table = await FlightsAsync();
        var first = table.Metadata.Snapshots[0].SnapshotId;
        table = (await table.NewTransaction().Add(new SetSnapshotRef("main", new SnapshotRef(first, IsBranch: true))).CommitAsync(default)).Table;
        Assert.Equal([true, false, true], (await ReadAsync(table, "history")).Select(r => (bool)r[3]!));
    }

    [Fact]
    public async Task Files_GiveThePartition_TheCounts_AndReadableBounds()
    {
        var table = await FlightsAsync();
        var schema = MetadataTable.Open(table, "files").Schema;
        var rows = await ReadAsync(table, "files");
        Assert.Equal(3, rows.Count);
        int At(string name) => schema.Fields.Select(f => f.Name).ToList().IndexOf(name);

        Assert.Equal([0, 0, 1], rows.Select(r => ((object?[])r[At("partition")]!)[0]).Order());
        Assert.Equal(4L, rows.Sum(r => (long)r[At("record_count")]!));
        Assert.All(rows, r => Assert.Equal("PARQUET", r[At("file_format")]));

        var metrics = (StructType)schema.Find("readable_metrics")!.Type;
        Assert.Equal(["at", "delay", "origin"], metrics.Fields.Select(f => f.Name));
        Assert.Equal(["column_size", "value_count", "null_value_count", "nan_value_count", "lower_bound", "upper_bound"], ((StructType)metrics.Fields[2].Type).Fields.Select(f => f.Name));
        var origins = rows.Select(r => (object?[])((object?[])r[At("readable_metrics")]!)[2]!).ToList();
        Assert.Equal(["BOS", "JFK", "SFO"], origins.Select(o => (string)o[4]!).Order(StringComparer.Ordinal));
        Assert.Equal(4L, origins.Sum(o => (long)o[1]!));
        Assert.Equal(schema.AllFields().Count(), schema.AllFields().Select(f => f.Id).Distinct().Count());
    }

    [Fact]
    public async Task FilesAndEntries_OfAnEarlierSnapshot_AreThoseItHad_AndAllFilesAreThoseOfEach()
    {
        var table = await FlightsAsync();
        var first = table.Metadata.Snapshots[0];
        Assert.Equal(2, (await ReadAsync(table, "data_files", first.SnapshotId)).Count);
        Assert.Empty(await ReadAsync(table, "delete_files"));
        Assert.Equal([1, 1, 1], (await ReadAsync(table, "entries")).Select(r => (int)r[0]!));
        Assert.Equal([1L, 1L, 2L], (await ReadAsync(table, "entries")).Select(r => (long)r[2]!).Order());
        Assert.Equal(3, (await ReadAsync(table, "all_files")).Count);
        Assert.Equal(3, (await ReadAsync(table, "all_data_files")).Count);
        Assert.Equal(3, (await ReadAsync(table, "all_entries")).Count);
        Assert.Equal(3, (await ReadAsync(table, "all_manifests")).Count);
        Assert.Equal([first.SnapshotId], (await ReadAsync(table, "manifests", first.SnapshotId)).Select(r => (long)r[4]!));
    }

    [Fact]
    public async Task Partitions_AddUpTheirFiles_AndNameTheLastChange()
    {
        var table = await FlightsAsync();
        var rows = await ReadAsync(table, "partitions");
        Assert.Equal([(0, 3L, 2), (1, 1L, 1)], rows.Select(r => ((int)((object?[])r[0]!)[0]!, (long)r[2]!, (int)r[3]!)).Order());
        Assert.Equal(table.Metadata.CurrentSnapshotId, rows.Single(r => (int)((object?[])r[0]!)[0]! == 0)[10]);
        Assert.Equal(2, MetadataTable.Open(table, "manifests").Schema.AllFields().Count(f => f.Name.EndsWith("_bound", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Manifests_PutThePartitionBoundsIntoWords()
    {
        var summaries = (await ReadAsync(await FlightsAsync(), "manifests")).Select(r => Rows.Text(r[11])).ToList();
        Assert.Contains(summaries, s => s.Contains("1970-01-01", StringComparison.Ordinal) && s.Contains("1970-01-02", StringComparison.Ordinal));
    }

    private static async Task<List<object?[]>> ReadAsync(Table table, string name, long? snapshotId = null)
    {
        var metadataTable = MetadataTable.Open(table, name, snapshotId);
        var rows = new List<object?[]>();
        await foreach (var batch in metadataTable.ReadAsync(default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, metadataTable.Schema));
            }
        }

        return rows;
    }

    /// <summary>Two commits: two days, then one of them again.</summary>
    private async Task<Table> FlightsAsync()
    {
        var table = await warehouse.CreateAsync("ns.flights", Warehouse.Flights, Warehouse.ByDay);
        table = await warehouse.AppendAsync(table, [0L, "JFK", 1], [1L, "LAX", null], [86_400_000_000L, "SFO", 3]);
        return await warehouse.AppendAsync(table, [2L, "BOS", 4]);
    }
}
