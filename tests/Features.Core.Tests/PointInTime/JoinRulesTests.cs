using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.PointInTime;
using static Features.Core.Tests.PointInTime.Sample;

namespace Features.Core.Tests.PointInTime;

/// <summary>The rule book case by case; what feature stores are known to get wrong is among the names.</summary>
public sealed class JoinRulesTests(JoinWorkspace workspace) : IClassFixture<JoinWorkspace>
{
    private static readonly Entity Driver = new("driver", new EntityKey("driver", "long"));

    [Fact]
    public async Task RowsWithoutAnyFeature_AreKept()
    {
        var joined = await JoinAsync(Rows((1, 5, 5, 1.5)), Spine((2, 9), (1, 1), (1, 9)));
        Assert.Equal([null, null, 1.5], joined.Select(r => r["value"]));
    }

    [Fact]
    public async Task TiedRows_DoNotFanOut()
    {
        var joined = await JoinAsync(Rows((1, 5, 5, 1.5), (1, 5, 5, 2.5), (1, 5, 5, 2.0)), Spine((1, 9), (1, 9)));
        Assert.Equal([2.5, 2.5], joined.Select(r => r["value"]));
    }

    [Fact]
    public async Task TiedRows_InAnyFilesAndOrder_GiveTheSameRow()
    {
        var one = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5)), Rows((1, 5, 5, 7.5)), Rows((1, 5, 5, 2.5)));
        var other = await workspace.AddTableAsync(Rows((1, 5, 5, 7.5), (1, 5, 5, 2.5), (1, 5, 5, 1.5)));
        foreach (var table in new[] { one, other })
        {
            var joined = await workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:*"], JoinWorkspace.Spine(Spine((1, 9))));
            Assert.Equal(7.5, joined[0]["value"]);
        }
    }

    [Fact]
    public async Task TiedRows_ThatDifferInAMapAlone_GiveTheSameRow()
    {
        var one = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5)), Rows((1, 5, 5, 7.5)), Rows((1, 5, 5, 2.5)));
        var other = await workspace.AddTableAsync(Rows((1, 5, 5, 7.5), (1, 5, 5, 2.5), (1, 5, 5, 1.5)));
        foreach (var table in new[] { one, other })
        {
            var view = View(table) with { Source = null, Sql = $"SELECT driver, happened, known, CASE WHEN value > 2 THEN MAP {{'v': value, 'a': 0.0}} ELSE MAP {{'a': 0.0, 'v': value}} END AS readings FROM {table}", Features = [new Feature("value", "readings['v']")] };
            var joined = await workspace.RowsAsync(new DefinitionSet([Driver, view]), ["stats:*"], JoinWorkspace.Spine(Spine((1, 9))));
            Assert.Equal(7.5, joined[0]["value"]);
        }
    }

    [Fact]
    public async Task TiedRows_AmongManyThatBecameKnownTogether_GiveTheGreatest()
    {
        var random = new Random(7);
        var rows = Enumerable.Range(0, 8000).Select(_ => ((long?)random.Next(200), (long?)random.Next(9), (long?)20, (double?)random.Next(1000))).ToArray();
        var joined = await JoinAsync(Rows(rows), Spine([.. Enumerable.Range(0, 200).Select(key => ((long?)key, (long?)30))]));
        for (var key = 0; key < 200; key++)
        {
            Assert.Equal(rows.Where(r => r.Item1 == key).OrderBy(r => r.Item2).ThenBy(r => r.Item4).Last().Item4, joined[key]["value"]);
        }
    }

    [Fact]
    public async Task CompositeKeys_AreNoConcatenatedText()
    {
        var entity = new Entity("pair", new EntityKey("a", "string"), new EntityKey("b", "string"));
        var table = await workspace.AddTableAsync(Batch(("a", Texts(["1"])), ("b", Texts(["23"])), ("happened", Moments([1])), ("value", Doubles([1]))));
        var view = new FeatureView("pairs", entity) { Source = table, Clocks = new Clocks("happened"), Features = [new Feature("value", "value")] };
        var joined = await workspace.RowsAsync(new DefinitionSet([entity, view]), ["pairs:value"], JoinWorkspace.Spine(Batch(("a", Texts(["12", "1"])), ("b", Texts(["3", "23"])), ("at", Moments([5, 5])))));
        Assert.Equal([null, 1.0], joined.Select(r => r["value"]));
    }

    [Fact]
    public async Task Uuids_AsTextInEitherCase_AreTheSameKeys()
    {
        var entity = new Entity("session", new EntityKey("id", "uuid"));
        const string Id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        var table = await workspace.AddTableAsync(Batch(("id", Texts([Id])), ("happened", Moments([1])), ("value", Doubles([1]))));
        foreach (var sql in new[] { "SELECT * FROM ", "SELECT CAST(id AS UUID) AS id, happened, value FROM " })
        {
            var view = new FeatureView("sessions", entity) { Sql = sql + table, Clocks = new Clocks("happened"), Features = [new Feature("value", "value")] };
            var joined = await workspace.RowsAsync(new DefinitionSet([entity, view]), ["sessions:value"], JoinWorkspace.Spine(Batch(("id", Texts([Id, Id.ToUpperInvariant(), "other"])), ("at", Moments([5, 5, 5])))));
            Assert.Equal([1.0, 1.0, null], joined.Select(r => r["value"]));
        }
    }

    [Fact]
    public async Task NullKeys_MatchNothing_EvenIfAllAre()
    {
        var joined = await JoinAsync(Rows((null, 5, 5, 1.5), (null, 6, 6, 1.5)), Spine((null, 9), (null, 9)));
        Assert.Equal([null, null], joined.Select(r => r["value"]));
        Assert.Equal([0L, 0L], joined.Select(r => r["rows"]));
    }

    [Fact]
    public async Task LateRows_AreSeenOnceTheyAreKnown()
    {
        var joined = await JoinAsync(Rows((1, 1, 2, 1.0), (1, 5, 20, 5.0)), Spine((1, 10), (1, 20), (1, 21)));
        Assert.Equal([1.0, 1.0, 5.0], joined.Select(r => r["value"]));
    }

    [Fact]
    public async Task RowsOlderThanTheTtl_AreNotFound()
    {
        var joined = await JoinAsync(Rows((1, 5, 5, 1.5)), Spine((1, 15), (1, 16)), v => v with { Ttl = TimeSpan.FromMicroseconds(10) });
        Assert.Equal([1.5, null], joined.Select(r => r["value"]));
    }

    [Fact]
    public async Task Snapshots_OfLongAgo_AreReadAsTheyWere()
    {
        var table = await workspace.AddTableAsync(Rows((1, 1, 1, 1.0)));
        var before = await workspace.AppendAsync(table, Rows((1, 2, 2, 2.0)));
        await workspace.AppendAsync(table, Rows((1, 3, 3, 3.0)));
        async Task<object?> ValueAsync(IReadOnlyDictionary<string, long> snapshots) =>
            (await workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], JoinWorkspace.Spine(Spine((1, 9))), r => r with { Snapshots = snapshots }))[0]["value"];
        Assert.Equal(3.0, await ValueAsync(new Dictionary<string, long>()));
        Assert.Equal(2.0, await ValueAsync(new Dictionary<string, long> { [table] = before }));
        var fault = await Assert.ThrowsAsync<PointInTimeException>(() => ValueAsync(new Dictionary<string, long> { ["t.other"] = 1 }));
        Assert.Contains("'t.other'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesOutsideOfWhatTheSpineCanSee_AreNotOpened()
    {
        var table = await workspace.AddTableAsync(Rows((1, 50, 50, 5.0)));
        var needed = workspace.Files(table);
        await workspace.AppendAsync(table, Rows((1, 3, 3, 1.0)));
        await workspace.AppendAsync(table, Rows((1, 99, 99, 9.0)));
        foreach (var file in workspace.Files(table).Except(needed))
        {
            File.Delete(file);
        }

        var view = View(table) with { Ttl = TimeSpan.FromMicroseconds(20), Features = [new Feature("value", "value"), new Feature("rows", "*", Aggregate.Count, TimeSpan.FromMicroseconds(40))] };
        Assert.Single(needed);
        Assert.Equal(5.0, (await workspace.RowsAsync(new DefinitionSet([Driver, view]), ["stats:*"], JoinWorkspace.Spine(Spine((1, 60)))))[0]["value"]);
        // A latest value of any age may lie in any file of before.
        await Assert.ThrowsAnyAsync<Exception>(() => workspace.RowsAsync(new DefinitionSet([Driver, view with { Ttl = null }]), ["stats:*"], JoinWorkspace.Spine(Spine((1, 60)))));
    }

    [Fact]
    public async Task NoRows_OnEitherSide_AreNoFault()
    {
        Assert.Empty(await JoinAsync(Rows((1, 5, 5, 1.5)), Spine()));
        var joined = await JoinAsync(Rows(), Spine((1, 9)));
        Assert.Equal((null, 0L), (joined[0]["value"], joined[0]["rows"]));
    }

    [Fact]
    public async Task Zones_AreConverted_AndDatesAreMidnights()
    {
        var zoned = new TimestampType(TimeUnit.Microsecond, "Europe/Berlin");
        var table = await workspace.AddTableAsync(Batch(("driver", Longs([1, 1])), ("happened", Moments([100, 200], new TimestampType(TimeUnit.Microsecond, "UTC"))), ("value", Doubles([1, 2]))));
        var definitions = new DefinitionSet([Driver, new FeatureView("stats", Driver) { Source = table, Clocks = new Clocks("happened"), Features = [new Feature("value", "value")] }]);
        var joined = await workspace.RowsAsync(definitions, ["stats:*"], JoinWorkspace.Spine(Batch(("driver", Longs([1, 1])), ("at", Moments([150, 99], zoned)))));
        Assert.Equal([1.0, null], joined.Select(r => r["value"]));
        var dates = new Date32Array.Builder().Append(new DateOnly(1970, 1, 1)).Append(new DateOnly(1970, 1, 2)).Build();
        joined = await workspace.RowsAsync(definitions, ["stats:*"], JoinWorkspace.Spine(Batch(("driver", Longs([1, 1])), ("at", dates))));
        Assert.Equal([null, 2.0], joined.Select(r => r["value"]));
    }

    [Theory]
    [InlineData(TimeUnit.Second, 1_000_000)]
    [InlineData(TimeUnit.Millisecond, 1_000)]
    public async Task CoarserTimestamps_OfASpine_AreTheSameMoments(TimeUnit unit, long micros)
    {
        var table = await workspace.AddTableAsync(Rows((1, 5 * micros, 0, 1.5), (1, (5 * micros) + 1, 0, 2.5)));
        var joined = await workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], JoinWorkspace.Spine(Batch(("driver", Longs([1, 1])), ("at", Moments([5, 6], new TimestampType(unit, (string?)null))))));
        Assert.Equal([1.5, 2.5], joined.Select(r => r["value"]));
    }

    [Fact]
    public async Task Nanoseconds_AreRefusedAndNotCut()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5)));
        var spine = JoinWorkspace.Spine(Batch(("driver", Longs([1])), ("at", Moments([5_001], new TimestampType(TimeUnit.Nanosecond, (string?)null)))));
        var fault = await Assert.ThrowsAsync<PointInTimeException>(() => workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], spine));
        Assert.Contains("nanoseconds", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LatestValues_OfAnyType_KeepIt()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5)), Rows((2, 5, 5, 2.5)));
        Feature[] features =
        [
            new("price", "CAST(value AS DECIMAL(12, 3))"), new("tags", "[driver, NULL, driver + 1]"), new("pair", "{'a': value, 'b': [CAST(driver AS VARCHAR)]}"), new("raw", "CAST('ab' AS BLOB)"),
            new("small", "CAST(driver AS TINYINT)"), new("day", "CAST(happened AS DATE)"), new("is_one", "driver = 1"), new("single", "CAST(value AS FLOAT)"), new("map", "map_keys(MAP {'k': driver})"),
        ];
        foreach (var memory in new[] { 1L << 30, 1 << 17 })
        {
            var joined = await workspace.RowsAsync(
                new DefinitionSet([Driver, View(table) with { Features = features }]), ["stats:*"], JoinWorkspace.Spine(Spine((2, 9), (3, 9), (1, 9))), r => r with { Options = r.Options with { MemoryBytes = memory } });
            Assert.Equal([2.500m, null, 1.500m], joined.Select(r => (decimal?)(r["price"] is null ? null : decimal.Parse(r["price"]!.ToString()!, System.Globalization.CultureInfo.InvariantCulture))));
            Assert.Equal(["2,,3", null, "1,,2"], joined.Select(r => r["tags"]));
            Assert.Equal(["2.5,2", null, "1.5,1"], joined.Select(r => r["pair"]));
            Assert.Equal(["6162", null, "6162"], joined.Select(r => r["raw"]));
            Assert.Equal([2, null, 1], joined.Select(r => (int?)r["small"]));
            Assert.Equal([0, null, 0], joined.Select(r => (int?)r["day"]));
            Assert.Equal([false, null, true], joined.Select(r => r["is_one"]));
            Assert.Equal([2.5f, null, 1.5f], joined.Select(r => r["single"]));
            Assert.Equal(["k", null, "k"], joined.Select(r => r["map"]));
        }
    }

    [Fact]
    public async Task AView_UsedTwiceForOtherKeys_IsJoinedTwice()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5), (2, 5, 5, 2.5)));
        var spine = Batch(("rider", Longs([1, 2])), ("driver", Longs([2, null])), ("at", Moments([9, 9])));
        var joined = await workspace.RowsAsync(
            new DefinitionSet([Driver, View(table)]), ["stats[driver=rider]@rider:value", "stats:value"], JoinWorkspace.Spine(spine), r => r with { FullNames = true });
        Assert.Equal([1.5, 2.5], joined.Select(r => r["rider__value"]));
        Assert.Equal([2.5, null], joined.Select(r => r["stats__value"]));
    }

    [Fact]
    public async Task NamesThatClash_AreRefused_AndBothNamed()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5)));
        var fault = await Assert.ThrowsAsync<PointInTimeException>(() => workspace.RowsAsync(
            new DefinitionSet([Driver, View(table), View(table) with { Name = "other" }]), ["stats:value", "other:value"], JoinWorkspace.Spine(Spine((1, 9)))));
        Assert.Contains("'stats:value' and 'other:value'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnDemandFeatures_AreComputedOverTheJoinedRows()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5), (2, 5, 5, 2.5)));
        var onDemand = new OnDemandView("ratio")
        {
            Inputs = ["stats:value"],
            Request = [new RequestField("fare", "double")],
            Features = [new Feature("per_fare", "value / fare"), new Feature("is_known", "value IS NOT NULL")],
        };
        RecordBatch Trips() => Batch(("driver", Longs([2, 3, 1])), ("fare", Doubles([5, 5, 3])), ("at", Moments([9, 9, 9])));
        var definitions = new DefinitionSet([Driver, View(table), onDemand]);
        var joined = await workspace.RowsAsync(definitions, ["ratio:*"], JoinWorkspace.Spine(Trips()));
        Assert.Equal(["_row", "driver", "fare", "at", "per_fare", "is_known"], joined[0].Keys);
        Assert.Equal([0.5, null, 0.5], joined.Select(r => r["per_fare"]));
        Assert.Equal([true, false, true], joined.Select(r => r["is_known"]));
        var both = await workspace.RowsAsync(definitions, ["ratio:per_fare", "stats:value"], JoinWorkspace.Spine(Trips()), r => r with { FullNames = true });
        Assert.Equal([(2.5, 0.5), (null, null), (1.5, 0.5)], both.Select(r => ((double?)r["stats__value"], (double?)r["ratio__per_fare"])));
        var missing = await Assert.ThrowsAsync<PointInTimeException>(() => workspace.RowsAsync(definitions, ["ratio:*"], JoinWorkspace.Spine(Spine((1, 9)))));
        Assert.Contains("'fare'", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sources_UnderOtherNamesAndBySql_AreRead()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5), (2, 5, 5, 2.5)));
        var source = new FeatureSource("drivers") { Table = table, Fields = new Dictionary<string, string> { ["amount"] = "value", ["seen"] = "happened" } };
        var renamed = new FeatureView("renamed", Driver) { Source = "drivers", Clocks = new Clocks("seen", "known"), Features = [new Feature("amount", "amount")] };
        var bySql = new FeatureView("by_sql", Driver) { Sql = "SELECT driver, seen, amount * 2 AS twice FROM drivers WHERE driver = 1", Clocks = new Clocks("seen"), Features = [new Feature("twice", "twice")] };
        var joined = await workspace.RowsAsync(new DefinitionSet([Driver, source, renamed, bySql]), ["renamed:amount", "by_sql:twice"], JoinWorkspace.Spine(Spine((1, 9), (2, 9))));
        Assert.Equal([(1.5, 3.0), (2.5, null)], joined.Select(r => ((double?)r["amount"], (double?)r["twice"])));
        var spine = await workspace.RowsAsync(new DefinitionSet([Driver, source, renamed]), ["renamed:amount"], new SqlSpine("SELECT driver, seen + INTERVAL 1 SECOND AS at FROM drivers", "at"));
        Assert.Equal([1.5, 2.5], spine.Select(r => r["amount"]));
    }

    [Fact]
    public async Task AllEventsOfARange_AreASpine()
    {
        var table = await workspace.AddTableAsync(Rows((2, 20, 1, 2.0), (1, 10, 1, 1.0), (1, 30, 1, 3.0), (null, 15, 1, 9.0)));
        DateTimeOffset At(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
        var joined = await workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], new EventsSpine(At(10), At(30)));
        Assert.Equal([(1L, 10L, 1.0), (2L, 20L, 2.0)], joined.Select(r => ((long)r["driver"]!, (long)r["event_timestamp"]!, (double)r["value"]!)));
    }

    [Fact]
    public async Task Files_OfAnyFormat_KeepTheirOrder()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5), (2, 5, 5, 2.5)));
        var path = workspace.Path("spine.csv");
        await File.WriteAllTextAsync(path, "note,driver,at\nx,2,1970-01-01 00:00:01\ny,,1970-01-01 00:00:01\nz,1,1970-01-01T00:00:01\n", TestContext.Current.CancellationToken);
        var json = workspace.Path("spine.json");
        await File.WriteAllTextAsync(json, """
            {"note":"x","driver":2,"at":"1970-01-01 00:00:01"}
            {"note":"y","at":"1970-01-01 00:00:01"}
            {"note":"z","driver":1,"at":"1970-01-01 00:00:01"}
            """, TestContext.Current.CancellationToken);
        foreach (var file in new[] { new SourceFile(path, SourceFormat.Csv), new SourceFile(json, SourceFormat.Json) })
        {
            var joined = await workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], new FileSpine(file, "at"));
            Assert.Equal([("x", 2L, 2.5), ("y", null, null), ("z", 1L, 1.5)], joined.Select(r => ((string)r["note"]!, (long?)r["driver"], (double?)r["value"])));
        }
    }

    [Theory]
    [InlineData("1970-01-01T02:00:05+02:00", 5_000_000)]
    [InlineData("1969-12-31 19:00:05-05", 5_000_000)]
    [InlineData("1970-01-01T05:30:05.123456+05:30", 5_123_456)]
    [InlineData("1970-01-01T00:00:05.1234560Z", 5_123_456)]
    [InlineData("1970-01-01T00:00:05.123456", 5_123_456)]
    [InlineData("1970-01-02", 86_400_000_000)]
    public async Task FileSpines_TakeAnOffsetAtItsWord_AndTextWithoutOneAsUtc(string text, long micros)
    {
        var table = await workspace.AddTableAsync(Rows((1, micros - 1, 0, 0.5), (1, micros, 0, 1.5), (1, micros + 1, 0, 2.5)));
        foreach (var file in await FilesAsync("moments", $"driver,at\n2,1970-01-01\n1,{text}\n", $$"""{"driver":2,"at":"1970-01-01"}{{'\n'}}{"driver":1,"at":"{{text}}"}{{'\n'}}"""))
        {
            var joined = await workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], new FileSpine(file, "at"));
            Assert.Equal(["_row", "driver", "at", "value"], joined[0].Keys);
            Assert.Equal((micros, 1.5), ((long)joined[1]["at"]!, (double)joined[1]["value"]!));
        }
    }

    [Theory]
    [InlineData("1", "1970-01-01T00:00:05.1234567+00:00", "at")]
    [InlineData("1", "yesterday", "at")]
    [InlineData("1", "infinity", "at")]
    [InlineData("8.5", "1970-01-01", "driver")]
    [InlineData("8.00000000000001", "1970-01-01", "driver")]
    [InlineData("1e-20", "1970-01-01", "driver")]
    [InlineData("9223372036854775808", "1970-01-01", "driver")]
    [InlineData("1e30", "1970-01-01", "driver")]
    [InlineData("ada", "1970-01-01", "driver")]
    public async Task FileSpines_RefuseWhatDoesNotFit_AndSayWhere(string driver, string at, string column)
    {
        var table = await workspace.AddTableAsync(Rows((9, 0, 0, 1.5)));
        var number = double.TryParse(driver, System.Globalization.CultureInfo.InvariantCulture, out _) ? driver : $"\"{driver}\"";
        foreach (var file in await FilesAsync("faults", $"driver,at,_fault\n2,1970-01-01,x\n{driver},{at},y\n", $$"""{"driver":2,"at":"1970-01-01"}{{'\n'}}{"driver":{{number}},"at":"{{at}}"}{{'\n'}}"""))
        {
            var fault = await Assert.ThrowsAsync<PointInTimeException>(() => workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], new FileSpine(file, "at")));
            Assert.Contains("row 1 of", fault.Message, StringComparison.Ordinal);
            Assert.Contains($"in column '{column}'", fault.Message, StringComparison.Ordinal);
            // JSON's numbers are what the engine's reader makes of them.
            Assert.Contains(file.Format == SourceFormat.Csv ? $"'{(column == "at" ? at : driver)}'" : "has '", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task FileSpines_TakeWholeNumbersHoweverTheyAreWritten()
    {
        var table = await workspace.AddTableAsync(Rows((1000, 0, 0, 1.5)));
        foreach (var file in await FilesAsync("whole", "driver,at\n1000.0,1970-01-02\n1e3,1970-01-02\n+1000,1970-01-02\n", "{\"driver\":1000.0,\"at\":\"1970-01-02\"}\n{\"driver\":\"1e3\",\"at\":\"1970-01-02\"}\n"))
        {
            Assert.All(await workspace.RowsAsync(new DefinitionSet([Driver, View(table)]), ["stats:value"], new FileSpine(file, "at")), r => Assert.Equal(1.5, r["value"]));
        }
    }

    [Fact]
    public async Task ASpine_ThatOutgrowsTheMemory_IsRefused()
    {
        var table = await workspace.AddTableAsync(Rows((1, 5, 5, 1.5)));
        var fault = await Assert.ThrowsAsync<PointInTimeException>(() => workspace.RowsAsync(
            new DefinitionSet([Driver, View(table)]), ["stats:value"], JoinWorkspace.Spine(Spine((1, 9))), r => r with { Options = r.Options with { MemoryBytes = 1000 } }));
        Assert.Contains("allow more, or split the spine", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JoinInParts_LeavesNoFilesBehind()
    {
        var table = await workspace.AddTableAsync(Rows([.. Enumerable.Range(0, 500).Select(i => ((long?)(i % 7), (long?)i, (long?)i, (double?)i))]));
        var request = new JoinRequest(new DefinitionSet([Driver, View(table)]), ["stats:*"], JoinWorkspace.Spine(Spine([.. Enumerable.Range(0, 100).Select(i => ((long?)(i % 9), (long?)(i * 5)))])), Features.Core.Governance.Reader.Local("historical"))
        {
            Options = new JoinOptions { MemoryBytes = 1 << 17, SpillDirectory = workspace.SpillFolder },
        };
        await using (await workspace.Join.JoinAsync(request, TestContext.Current.CancellationToken))
        {
            Assert.NotEmpty(Directory.EnumerateFiles(workspace.SpillFolder, "*", SearchOption.AllDirectories));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(workspace.SpillFolder));
    }

    private async Task<SourceFile[]> FilesAsync(string name, string csv, string json)
    {
        SourceFile[] files = [new(workspace.Path($"{name}.csv"), SourceFormat.Csv), new(workspace.Path($"{name}.json"), SourceFormat.Json)];
        await File.WriteAllTextAsync(files[0].Path, csv, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(files[1].Path, json, TestContext.Current.CancellationToken);
        return files;
    }

    private static RecordBatch Rows(params (long? Driver, long? Happened, long? Known, double? Value)[] rows) => Batch(
        ("driver", Longs(rows.Select(r => r.Driver))), ("happened", Moments(rows.Select(r => r.Happened))), ("known", Moments(rows.Select(r => r.Known))), ("value", Doubles(rows.Select(r => r.Value))));

    private static RecordBatch Spine(params (long? Driver, long? At)[] rows) => Batch(("driver", Longs(rows.Select(r => r.Driver))), ("at", Moments(rows.Select(r => r.At))));

    private static FeatureView View(string table) => new("stats", Driver)
    {
        Source = table,
        Clocks = new Clocks("happened", "known"),
        Features = [new Feature("value", "value"), new Feature("rows", "*", Aggregate.Count, TimeSpan.FromMicroseconds(50))],
    };

    private async Task<List<Dictionary<string, object?>>> JoinAsync(RecordBatch source, RecordBatch spine, Func<FeatureView, FeatureView>? change = null)
    {
        var view = View(await workspace.AddTableAsync(source));
        return await workspace.RowsAsync(new DefinitionSet([Driver, change?.Invoke(view) ?? view]), ["stats:*"], JoinWorkspace.Spine(spine));
    }
}
