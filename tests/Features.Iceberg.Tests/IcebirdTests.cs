using System.Numerics;
using System.Text.Json;
using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;
using Features.Testing;

namespace Features.Iceberg;

/// <summary>Tables that we write, read by icebird 0.3.1 from their metadata files: an Iceberg reader that shares no code with ours, down to Avro and Parquet.</summary>
public sealed class IcebirdTests : IDisposable
{
    private const long Day = 86_400_000_000;

    private readonly Warehouse warehouse = new();

    /// <summary>Columns of the kinds that a pipeline writes. Times are whole milliseconds, as JavaScript's dates hold no more.</summary>
    private static Schema Flights { get; } = new(
        0,
        [
            new(1, "at", new PrimitiveType(PrimitiveKind.Timestamp), true),
            new(2, "landed", new PrimitiveType(PrimitiveKind.TimestampTz), false),
            new(3, "origin", new PrimitiveType(PrimitiveKind.String), false),
            new(4, "delay", new PrimitiveType(PrimitiveKind.Int), false),
            new(5, "miles", new PrimitiveType(PrimitiveKind.Long), false),
            new(6, "fuel", new PrimitiveType(PrimitiveKind.Double), false),
            new(7, "load", new PrimitiveType(PrimitiveKind.Float), false),
            new(8, "fare", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), false),
            new(9, "revenue", new PrimitiveType(PrimitiveKind.Decimal, 20, 3), false),
            new(10, "booked", new PrimitiveType(PrimitiveKind.Date), false),
            new(11, "diverted", new PrimitiveType(PrimitiveKind.Boolean), false),
            new(12, "seal", new PrimitiveType(PrimitiveKind.Fixed, Length: 3), false),
            new(13, "stops", new ListType(14, new PrimitiveType(PrimitiveKind.String), false), false),
            new(15, "crew", new StructType([new(16, "captain", new PrimitiveType(PrimitiveKind.String), false), new(17, "seats", new PrimitiveType(PrimitiveKind.Int), false)]), false),
            new(18, "counts", new MapType(19, new PrimitiveType(PrimitiveKind.String), 20, new PrimitiveType(PrimitiveKind.Int), false), false),
        ],
        []);

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task DayPartitionedTable_OfSeveralAppends_IsReadTheSame()
    {
        var table = await warehouse.CreateAsync("flights.departures", Flights, new PartitionSpec(0, [new(1, 1000, "at_day", new Transform(TransformKind.Day))]));
        foreach (var seed in Enumerable.Range(1, 3))
        {
            table = await warehouse.AppendAsync(table, [.. Rows(new Random(seed), 200).OrderBy(r => Math.Floor((long)r[0]! / (double)Day))]);
        }

        await AssertReadsTheSameAsync(table, 600);
    }

    [Fact]
    public async Task Table_PartitionedByValues_IsReadTheSame()
    {
        var spec = new PartitionSpec(
            0,
            [
                new(3, 1000, "origin", Transform.Identity), new(5, 1001, "miles_bucket", new Transform(TransformKind.Bucket, 4)), new(1, 1002, "at_hour", new Transform(TransformKind.Hour)),
                new(4, 1003, "delay_trunc", new Transform(TransformKind.Truncate, 10)), new(10, 1004, "booked_month", new Transform(TransformKind.Month)), new(11, 1005, "diverted", Transform.Identity),
            ]);
        var table = await warehouse.CreateAsync("flights.by_values", Flights, spec);
        table = await warehouse.AppendAsync(table, [.. Rows(new Random(7), 25)]);
        table = await warehouse.AppendAsync(table, [.. Rows(new Random(8), 25)]);

        await AssertReadsTheSameAsync(table, 50);
    }

    [Fact]
    public async Task Table_OfManyRows_IsReadTheSame()
    {
        // Several row groups, several pages a column, and dictionaries that are given up for plain values.
        var table = await warehouse.CreateAsync("ns.long", Warehouse.Flights);
        table = await warehouse.AppendAsync(table, [.. Enumerable.Range(0, 130_000).Select(i => new object?[] { i * 1_000_000L, i % 3 == 0 ? null : $"airport {i % 70_000}", i })]);

        await AssertReadsTheSameAsync(table, 130_000);
    }

    [Fact]
    public async Task TaggedTable_IsReadAtItsMain()
    {
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("ns.tagged", Warehouse.Flights), [0L, "JFK", 1]);
        var tag = new Transactions.SetSnapshotRef("v1", new SnapshotRef(table.Metadata.CurrentSnapshotId!.Value, IsBranch: false));
        table = (await table.NewTransaction().Add(tag).CommitAsync(default)).Table;
        table = await warehouse.AppendAsync(table, [1000L, "LAX", 2]);

        await AssertReadsTheSameAsync(table, 2);
    }

    [Fact]
    public async Task Table_ChangedInEveryWayThatWritesNoDeletes_IsReadTheSame()
    {
        var table = await warehouse.CreateAsync("ns.changed", Warehouse.Flights, Warehouse.ByDay, new() { ["commit.manifest.min-count-to-merge"] = "2" });
        for (var day = 0; day < 4; day++)
        {
            table = await warehouse.AppendAsync(table, [day * Day, "JFK", day], [(day * Day) + 1000, "LAX", null]);
        }

        var live = (await Transactions.FileModel.LiveAsync(table)).Values.Select(e => e.File).OrderBy(f => (int)f.Partition[0]!).ToList();
        var (first, again) = (await warehouse.WriteAsync(table, [[0L, "SFO", 10]]), await warehouse.WriteAsync(table, [[Day, "BOS", 11]]));
        table = (await Transactions.FileModel.CommitAsync(
            table,
            new Transactions.OverwriteFiles { Removed = [live[0]], Added = first },
            new Transactions.ReplacePartitions(again),
            new Transactions.DeleteFiles([live[2]]))).Table;
        var merged = await warehouse.WriteAsync(table, [[3 * Day, "JFK", 3], [(3 * Day) + 1000, "LAX", null]]);
        table = (await Transactions.FileModel.CommitAsync(table, new Transactions.RewriteFiles { Removed = [live[3]], Added = merged, FromSnapshotId = table.Metadata.CurrentSnapshotId!.Value, DataSequenceNumber = 4 })).Table;
        await AssertReadsTheSameAsync(table, 4);

        table = (await Transactions.FileModel.CommitAsync(
            table,
            new Transactions.UpdateSchema().RenameColumn("origin", "airport").WidenColumn("delay", new PrimitiveType(PrimitiveKind.Long)).AddColumn("gate", new PrimitiveType(PrimitiveKind.String)).MoveFirst("delay"),
            new Transactions.UpdatePartitionSpec().RemoveField("at_day").AddField("airport", Transform.Identity))).Table;
        table = await warehouse.AppendAsync(table, [1L << 40, 5 * Day, "ORD", "B7"]);
        await AssertReadsTheSameAsync(table, 5);
        Written.WrittenTable.Check(table.MetadataLocation, opensFiles: false);
    }

    [Fact]
    public async Task Table_OfPositionDeletesAndSortedFiles_IsReadTheSame()
    {
        var table = await warehouse.CreateAsync(
            "ns.deleted", Warehouse.Flights, Warehouse.ByDay, new() { ["write.delete.mode"] = "merge-on-read", ["write.merge.mode"] = "merge-on-read" });
        table = await warehouse.AppendAsync(table, [.. Enumerable.Range(0, 400).Select(i => new object?[] { (i % 4 * Day) + (i * 1000L), $"airport {i % 7}", i })]);
        var format = new DataFiles.ParquetNetFormat(warehouse.Storage);
        table = (await table.Rows(format).DeleteAsync(Scans.Filter.Compare("origin", Scans.Comparison.Equal, "airport 3"))).Table;
        table = (await table.Rows(format).DeleteAsync(Scans.Filter.Compare("delay", Scans.Comparison.Less, 50))).Table;
        table = (await table.Rows(format).UpsertAsync(AsyncEnumerable.Repeat(Conformance.Rows.ToBatch(Warehouse.Flights, [[0L, "new", 60], [Day, "new", 1000]]), 1), ["delay"])).Table;

        Assert.Contains("total-position-deletes", table.Metadata.CurrentSnapshot!.Summary.Keys);
        await AssertReadsTheSameAsync(table, (await Warehouse.ReadAsync(table.NewScan())).Count);

        var rewrite = new Maintenance.DataFileRewrite(table, format) { RewritesAll = true, SortOrder = new SortOrder(9, [new(2, Transform.Identity, true, false)]) };
        table = (await rewrite.ExecuteAsync(await rewrite.PlanAsync())).Commit.Table;
        await AssertReadsTheSameAsync(table, (await Warehouse.ReadAsync(table.NewScan())).Count);
        Written.WrittenTable.Check(table.MetadataLocation, opensFiles: false);
    }

    /// <summary>
    /// What is valid and icebird cannot read, so that one that can is noticed: Avro's <c>fixed</c>, which partitions by decimal and uuid take; a column whose name is no Avro name,
    /// which it seeks in Parquet under the name that Java makes of it; a required field of an optional struct of which none is null; a table without snapshots.
    /// </summary>
    [Theory]
    [InlineData("partition by decimal", "unsupported type")]
    [InlineData("column with a space", "only ours")]
    [InlineData("required field of an optional struct", "only ours")]
    [InlineData("no snapshot", "No current snapshot")]
    public async Task Table_ThatIcebirdCannotRead_IsReadByUs(string table, string outcome)
    {
        Assert.SkipWhen(Validators.Missing is not null, Validators.Missing ?? "");
        var schema = new Schema(
            0,
            [
                new(1, "amount", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), false),
                new(2, table == "column with a space" ? "a b" : "ab", new PrimitiveType(PrimitiveKind.Int), false),
                new(3, "s", new StructType([new(4, "x", new PrimitiveType(PrimitiveKind.Int), table == "required field of an optional struct"), new(5, "y", new PrimitiveType(PrimitiveKind.Int), false)]), false),
            ],
            []);
        var spec = table == "partition by decimal" ? new PartitionSpec(0, [new(1, 1000, "amount_of", Transform.Identity)]) : PartitionSpec.Unpartitioned;
        var made = await warehouse.CreateAsync("ns.t", schema, spec);
        made = table == "no snapshot" ? made : await warehouse.AppendAsync(made, [new BigInteger(1234), 1, new object?[] { 5, null }]);

        var ours = await Warehouse.LinesAsync(made.NewScan());
        Assert.Equal(table == "no snapshot" ? [] : ["(1234,1,(5,∅))"], ours);
        Assert.Contains(outcome, await OutcomeAsync(made, ours), StringComparison.Ordinal);
    }

    private static async Task<string> OutcomeAsync(Table table, IReadOnlyList<string> rows)
    {
        try
        {
            return string.Join('\n', (await ReadByIcebirdAsync(table, rows)).Faults);
        }
        catch (InvalidOperationException failed)
        {
            return failed.Message;
        }
    }

    private static IEnumerable<object?[]> Rows(Random random, int count) => Enumerable.Range(0, count).Select(i => Row(random, i));

    private static object?[] Row(Random random, int i)
    {
        return
        [
            (random.NextInt64(-3000, 3000) * 60_000_000) + 1000,
            Maybe(random.NextInt64(-100, 4_000_000_000) * 1000),
            Maybe(random.Next(4) switch { 0 => "", 1 => "żółć \U0001F680 'quoted', \"twice\"\n", 2 => "JFK", _ => $"airport {random.Next(30)} of a long name" }),
            Maybe(random.Next(-60, 600)),
            Maybe(random.NextInt64(long.MinValue, long.MaxValue)),
            Maybe(random.Next(6) switch { 0 => double.NaN, 1 => -0.0, 2 => double.NegativeInfinity, _ => random.NextDouble() * 1e9 }),
            Maybe(random.NextSingle() - 0.5f),
            Maybe(new BigInteger(random.Next(-999_999_999, 999_999_999))),
            Maybe(new BigInteger(random.NextInt64(-1_000_000_000, 1_000_000_000))),
            Maybe(random.Next(-100, 100)),
            Maybe(random.Next(2) == 0),
            Maybe(new[] { (byte)i, (byte)0xFF, (byte)random.Next(256) }),
            Maybe(Enumerable.Range(0, random.Next(4)).Select(n => Maybe($"stop {n}")).ToList()),
            Maybe(new[] { Maybe("captain"), Maybe(random.Next(300)) }),
            Maybe(Enumerable.Range(0, random.Next(3)).Select(n => new KeyValuePair<object, object?>($"k{n}", Maybe(n))).ToList()),
        ];

        object? Maybe(object value) => random.Next(5) == 0 ? null : value;
    }

    private static async Task AssertReadsTheSameAsync(Table table, int rows)
    {
        Assert.SkipWhen(Validators.Missing is not null, Validators.Missing ?? "");
        var ours = await Warehouse.LinesAsync(table.NewScan());
        Assert.Equal(rows, ours.Count);

        var report = await ReadByIcebirdAsync(table, ours);

        Assert.Empty(report.Faults.Take(10));
        Assert.Equal(rows, report.Count("rows"));
    }

    private static async Task<ValidatorReport> ReadByIcebirdAsync(Table table, IReadOnlyList<string> rows)
    {
        var file = Path.Combine(table.Metadata.Location, "rows.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(rows));
        return await Validators.RunAsync("icebird.mjs", [table.MetadataLocation, file], TestContext.Current.CancellationToken);
    }
}
