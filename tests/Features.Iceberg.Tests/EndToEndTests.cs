using DuckDB.NET.Data;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Conformance;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg;

public sealed class EndToEndTests : IDisposable
{
    private const long Day = 86_400_000_000;

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task DayPartitionedTable_AppendedThrice_IsReadBackWhole()
    {
        var table = await warehouse.CreateAsync("flights.departures", Warehouse.Flights, Warehouse.ByDay);
        table = await warehouse.AppendAsync(table, [0L, "JFK", 1], [1L, "LAX", null], [Day, "SFO", 3]);
        table = await warehouse.AppendAsync(table, [-1L, "BOS", 4]);
        table = await warehouse.AppendAsync(table, [Day, null, 5], [2 * Day, "JFK", 6]);

        var again = await warehouse.OpenAgain().TryLoadTableAsync(table.Identifier!, default);

        Assert.Equal(
            ["(0,'JFK',1)", "(1,'LAX',∅)", "(86400000000,'SFO',3)", "(-1,'BOS',4)", "(86400000000,∅,5)", "(172800000000,'JFK',6)"],
            (await Warehouse.LinesAsync(again!.NewScan())).OrderBy(l => l[^2]).Order(StringComparer.Ordinal).OrderBy(l => Array.IndexOf(["1)", "∅)", "3)", "4)", "5)", "6)"], l[^2..])));
        Assert.Equal(3, again.Metadata.Snapshots.Count);
        Assert.Equal([1L, 2L, 3L], again.Metadata.Snapshots.Select(s => s.SequenceNumber));
        Assert.Equal("6", again.Metadata.CurrentSnapshot!.Summary["total-records"]);
        Assert.Equal("2", again.Metadata.CurrentSnapshot.Summary["changed-partition-count"]);
        Assert.Equal("5", again.Metadata.CurrentSnapshot.Summary["total-data-files"]);
    }

    [Fact]
    public async Task Files_ReadByDuckDb_HoldTheRowsAndTheFieldIds()
    {
        var schema = new Schema(
            0,
            [
                new(1, "id", new PrimitiveType(PrimitiveKind.Long), true),
                new(2, "s", new StructType([new(3, "x", new PrimitiveType(PrimitiveKind.Decimal, 20, 2), false)]), false),
                new(4, "l", new ListType(5, new PrimitiveType(PrimitiveKind.String), false), false),
                new(6, "m", new MapType(7, new PrimitiveType(PrimitiveKind.String), 8, new PrimitiveType(PrimitiveKind.Uuid), false), false),
                new(9, "t", new PrimitiveType(PrimitiveKind.TimestampTz), false),
            ],
            []);
        var table = await warehouse.CreateAsync("ns.nested", schema);
        var uuid = Guid.Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7");
        await warehouse.AppendAsync(
            table,
            [1L, new object?[] { new System.Numerics.BigInteger(-1234) }, new List<object?> { "a", null }, new List<KeyValuePair<object, object?>> { new("k", uuid) }, 1_000_001L],
            [2L, null, new List<object?>(), null, null]);
        var files = Directory.GetFiles(warehouse.Folder, "*.parquet", SearchOption.AllDirectories);

        await using var duck = new DuckDBConnection("DataSource=:memory:");
        await duck.OpenAsync();

        // Assigned level by level, as the reference implementation does.
        Assert.Equal(
            ["id=1", "s=2", "x=6", "l=3", "list=∅", "element=7", "m=4", "key_value=∅", "key=8", "value=9", "t=5"],
            Query(duck, $"SELECT name || '=' || coalesce(field_id::VARCHAR, '∅') FROM parquet_schema('{files.Single()}') WHERE name <> 'table'"));
        Assert.Equal(
            [
                "{'id': 1, 's': {'x': -12.34}, 'l': [a, NULL], 'm': {k=f79c3e09-677c-4bbd-a479-3f349cb785e7}, 't': '1970-01-01 00:00:01.000001+00'}",
                "{'id': 2, 's': NULL, 'l': [], 'm': NULL, 't': NULL}",
            ],
            Query(duck, $"SET TimeZone='UTC'; SELECT CAST(f AS VARCHAR) FROM '{files.Single()}' f"));
    }

    [Fact]
    public async Task Files_OfAnySchema_AreReadTheSameByDuckDb()
    {
        await using var duck = new DuckDBConnection("DataSource=:memory:");
        await duck.OpenAsync();
        var index = 0;
        await AnyTable.Schema.SelectMany(s => AnyTable.RowsOf(s, 20), (s, r) => (s, r)).SampleAsync(
            async c =>
            {
                var table = await warehouse.CreateAsync($"ns.t{index++}", c.s);
                var file = (await warehouse.WriteAsync(table, c.r)).SingleOrDefault();
                if (file is not null)
                {
                    // The counts of every leaf, as another reader sees them, against our metrics.
                    Assert.Equal([c.r.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)], Query(duck, $"SELECT count(*)::VARCHAR FROM (SELECT * FROM '{file.FilePath}')"));
                    foreach (var field in table.Metadata.CurrentSchema.Fields.Where(f => f.Type is PrimitiveType))
                    {
                        Assert.Equal([$"{file.NullValueCounts![field.Id]}"], Query(duck, $"SELECT count(*)::VARCHAR FROM '{file.FilePath}' WHERE \"{field.Name}\" IS NULL"));
                    }
                }
            },
            iter: 30,
            threads: 1);
    }

    [Fact]
    public async Task Partition_WithAwkwardValues_IsFoundAgain()
    {
        var schema = new Schema(0, [new(1, "place", new PrimitiveType(PrimitiveKind.String), false)], []);
        var table = await warehouse.CreateAsync("ns.places", schema, new PartitionSpec(0, [new(1, 1000, "place", Transform.Identity)]));
        object?[][] rows = [["a b/c%d=é"], [null], [""], [".."]];

        table = await warehouse.AppendAsync(table, rows);

        Assert.Equal(rows.Select(r => Rows.Text(r)).Order(), (await Warehouse.LinesAsync(table.NewScan())).Order());
        foreach (var row in rows.Where(r => r[0] is not null))
        {
            Assert.Equal([Rows.Text(row)], await Warehouse.LinesAsync(table.NewScan() with { Filter = Filter.Compare("place", Comparison.Equal, row[0]!) }));
        }
    }

    [Fact]
    public async Task TimeTravel_BySnapshotTagAndTime_ReadsWhatWasThen()
    {
        var table = await warehouse.CreateAsync("flights.departures", Warehouse.Flights);
        Assert.Empty(await Warehouse.LinesAsync(table.NewScan()));
        table = await warehouse.AppendAsync(table, [0L, "JFK", 1]);
        var first = table.Metadata.CurrentSnapshot!;
        table = (await table.NewTransaction().Add(new SetSnapshotRef("v1", new SnapshotRef(first.SnapshotId, IsBranch: false))).CommitAsync(default)).Table;
        table = await warehouse.AppendAsync(table, [1L, "LAX", 2]);

        string[] then = ["(0,'JFK',1)"];
        Assert.Equal(2, (await Warehouse.LinesAsync(table.NewScan())).Count);
        Assert.Equal(then, await Warehouse.LinesAsync(table.NewScan() with { SnapshotId = first.SnapshotId }));
        Assert.Equal(then, await Warehouse.LinesAsync(table.NewScan().UseRef("v1")));
        Assert.Equal(2, (await Warehouse.LinesAsync(table.NewScan().UseRef("main"))).Count);
        var between = DateTimeOffset.FromUnixTimeMilliseconds(table.Metadata.SnapshotLog[^1].TimestampMs - 1);
        if (table.Metadata.SnapshotLog[0].TimestampMs < table.Metadata.SnapshotLog[^1].TimestampMs)
        {
            Assert.Equal(then, await Warehouse.LinesAsync(table.NewScan().AsOf(between)));
        }

        Assert.Contains("v1", Assert.Throws<NotFoundException>(() => table.NewScan().UseRef("v2")).Message, StringComparison.Ordinal);
        Assert.Contains("begins at", Assert.Throws<NotFoundException>(() => table.NewScan().AsOf(DateTimeOffset.UnixEpoch)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => (table.NewScan() with { SnapshotId = 1 }).PlanAsync(default));
    }

    [Fact]
    public async Task Table_OpenedByFolder_ReadsTheSameAndIsReadOnly()
    {
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights), [0L, "JFK", 1]);

        var byFolder = await TableFolder.OpenAsync(warehouse.Storage, table.Metadata.Location, default);

        Assert.Equal(await Warehouse.LinesAsync(table.NewScan()), await Warehouse.LinesAsync(byFolder.NewScan()));
        Assert.Throws<InvalidTableArgumentException>(() => byFolder.NewTransaction());
    }

    private static List<string> Query(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        do
        {
            while (reader.Read())
            {
                rows.Add(reader.GetString(0));
            }
        }
        while (reader.NextResult());
        return rows;
    }
}
