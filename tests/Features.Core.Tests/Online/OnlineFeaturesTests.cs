using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.Transformations;
using Features.DuckDb;

namespace Features.Core.Tests.Online;

public class OnlineFeaturesTests
{
    private static readonly Entity Driver = new("driver", new EntityKey("driver_id", "long"));

    private static readonly FeatureView Trips = new("trips", Driver)
    {
        Source = "t.trips",
        Clocks = new Clocks("at"),
        Ttl = TimeSpan.FromDays(1),
        Features = [new Feature("fare", "fare"), new Feature("note", "note"), new Feature("fares_1h", "fare", Aggregate.Sum, TimeSpan.FromHours(1)), new Feature("trips_1h", "*", Aggregate.Count, TimeSpan.FromHours(1))],
    };

    private static OnlineWorld World(params IReadOnlyList<Definition> more)
    {
        var world = new OnlineWorld(new MemoryStore(), Trips, Driver, [DoubleType.Default, StringType.Default]);
        world.Definitions = new DefinitionSet([.. world.Definitions.Definitions, .. more]);
        return world;
    }

    private static RecordBatch Rows(OnlineWorld world, params (long Driver, TimeSpan Ago, double? Fare, string? Note)[] rows) => world.Batch(
        [.. rows.Select(r => (new[] { FeatureValue.Of(r.Driver) }, OnlineViews.Micros(world.Clock.GetUtcNow() - r.Ago), (long?)null, new[] { r.Fare is { } fare ? FeatureValue.Of(fare) : FeatureValue.Null, FeatureValue.Of(r.Note) }))]);

    private static async Task PutAsync(OnlineWorld world, params (long Driver, TimeSpan Ago, double? Fare, string? Note)[] rows)
    {
        await world.Views.BeginAsync(world.Plan, [OnlineWorld.Source(1)], isFull: true, default);
        await world.Views.AddAsync(world.Plan, [Rows(world, rows)], 0, default);
        await world.Views.PublishAsync(world.Plan, OnlineViews.Micros(world.Clock.GetUtcNow()), default);
    }

    private static Task<OnlineAnswer> AskAsync(OnlineWorld world, OnlineRequest request) => world.Features.GetAsync(request, OnlineWorld.Reader, default).AsTask();

    private static OnlineRequest Request(string[] features, params (string Name, FeatureValue[] Values)[] entities) =>
        new() { Features = features, Entities = entities.ToDictionary(e => e.Name, e => (IReadOnlyList<FeatureValue>)e.Values) };

    [Fact]
    public async Task Answer_OfEveryKindOfRow_SaysWhyItsValueIsWhatItIs()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.FromMinutes(5), 12.5, null), (1, TimeSpan.FromMinutes(50), 1, "old"), (2, TimeSpan.FromDays(2), 7, "x"));

        var answer = await AskAsync(world, Request(["trips:*"], ("driver_id", [FeatureValue.Of(1L), FeatureValue.Of(2L), FeatureValue.Of(3L), FeatureValue.Null])));

        Assert.Equal(["driver_id", "fare", "note", "fares_1h", "trips_1h"], answer.Columns.Select(c => c.Name));
        Assert.Equal([FeatureStatus.Present, FeatureStatus.Present, FeatureStatus.Present, FeatureStatus.NullValue], answer.Columns[0].Statuses);
        Assert.Equal([FeatureStatus.Present, FeatureStatus.OutsideMaxAge, FeatureStatus.NotFound, FeatureStatus.NotFound], answer.Columns[1].Statuses);
        Assert.Equal([FeatureStatus.NullValue, FeatureStatus.OutsideMaxAge, FeatureStatus.NotFound, FeatureStatus.NotFound], answer.Columns[2].Statuses);
        Assert.Equal([FeatureStatus.Present, FeatureStatus.NullValue, FeatureStatus.NotFound, FeatureStatus.NotFound], answer.Columns[3].Statuses);
        Assert.Equal([FeatureStatus.Present, FeatureStatus.Present, FeatureStatus.Present, FeatureStatus.Present], answer.Columns[4].Statuses);
        Assert.Equal(["12.5", "null", "null", "null"], answer.Columns[1].Values.Select(v => v.ToString()));
        Assert.Equal(["13.5", "null", "null", "null"], answer.Columns[3].Values.Select(v => v.ToString()));
        Assert.Equal(["2", "0", "0", "0"], answer.Columns[4].Values.Select(v => v.ToString()));
    }

    [Fact]
    public async Task Key_OfAnotherWidthOrForm_IsTheSameKey()
    {
        await using var world = World();
        await PutAsync(world, (7, TimeSpan.Zero, 1, "n"));

        var answer = await AskAsync(world, Request(["trips:fare"], ("driver_id", [FeatureValue.Of(7L), FeatureValue.Of(7.0)])));

        Assert.All(answer.Columns[1].Statuses, s => Assert.Equal(FeatureStatus.Present, s));
    }

    [Fact]
    public async Task View_UsedTwice_TakesItsKeysFromOtherColumns()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"), (2, TimeSpan.Zero, 2, "b"));

        var answer = await AskAsync(world, Request(["trips:fare", "trips[driver_id=other]@other:fare"], ("driver_id", [FeatureValue.Of(1L)]), ("other", [FeatureValue.Of(2L)])) with { FullNames = true });

        Assert.Equal(["driver_id=1", "other=2", "trips__fare=1", "other__fare=2"], answer.Columns.Select(c => $"{c.Name}={c.Values[0]}"));
    }

    [Fact]
    public async Task OnDemandFeatures_AreComputedByTheEngineFromFeaturesAndTheRequest()
    {
        var spill = Directory.CreateTempSubdirectory("features-spill-");
        await using var engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = spill.FullName });
        var surge = new OnDemandView("surge")
        {
            Inputs = ["trips:fare"],
            Request = [new RequestField("factor", "double"), new RequestField("day", "date")],
            Features = [new Feature("price", "coalesce(fare, 10) * factor"), new Feature("weekday", "dayofweek(\"day\")"), new Feature("long", "fare > 5")],
        };
        await using var world = new OnlineWorld(new MemoryStore(), Trips, Driver, [DoubleType.Default, StringType.Default], engine: engine);
        world.Definitions = new DefinitionSet([.. world.Definitions.Definitions, surge]);
        await PutAsync(world, (1, TimeSpan.Zero, 12.5, null));
        for (var again = 0; again < 2; again++)
        {
            var answer = await AskAsync(world, Request(
                ["surge:*"], ("driver_id", [FeatureValue.Of(1L), FeatureValue.Of(9L)]), ("factor", [FeatureValue.Of(2L), FeatureValue.Of(0.5)]), ("day", [FeatureValue.Of("2026-11-22"), FeatureValue.Null])));

            Assert.Equal(["driver_id", "price", "weekday", "long"], answer.Columns.Select(c => c.Name));
            Assert.Equal(["25", "5"], answer.Columns[1].Values.Select(v => v.ToString()));
            Assert.Equal(["0", "null"], answer.Columns[2].Values.Select(v => v.ToString()));
            Assert.Equal([FeatureStatus.Present, FeatureStatus.NullValue], answer.Columns[3].Statuses);
        }

        var missing = await Assert.ThrowsAsync<OnlineException>(() => AskAsync(world, Request(["surge:price"], ("driver_id", [FeatureValue.Of(1L)]), ("day", [FeatureValue.Null]))));
        Assert.Contains("'factor'", missing.Message, StringComparison.Ordinal);
        await world.DisposeAsync();
        spill.Delete(recursive: true);
    }

    [Fact]
    public async Task Request_ThatCannotBeAnswered_SaysWhatIsMissing()
    {
        await using var world = World(new FeatureService("s", "trips:fare"));

        Assert.Contains("not materialised", (await FaultAsync(Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L)])))).Message, StringComparison.Ordinal);
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        Assert.Contains("'driver_id'", (await FaultAsync(Request(["trips:fare"], ("driver", [FeatureValue.Of(1L)])))).Message, StringComparison.Ordinal);
        Assert.Contains("'trips:fair'", (await FaultAsync(Request(["trips:fair"]))).Message, StringComparison.Ordinal);
        Assert.Contains("row 1 has text 'x'", (await FaultAsync(Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L), FeatureValue.Of("x")])))).Message, StringComparison.Ordinal);
        Assert.Contains("there is no feature service 't'", (await FaultAsync(Request([]) with { Service = "t" })).Message, StringComparison.Ordinal);
        Assert.Contains("'more' has 2;", (await FaultAsync(Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L)]), ("more", [FeatureValue.Null, FeatureValue.Null])))).Message, StringComparison.Ordinal);
        Assert.Equal("online-too-early", (await FaultAsync(Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L)])) with { At = world.Clock.GetUtcNow().AddDays(-1) })).Code);
        Assert.Equal("1", (await AskAsync(world, Request([], ("driver_id", [FeatureValue.Of(1L)])) with { Service = "s" })).Columns[1].Values[0].ToString());

        Task<OnlineException> FaultAsync(OnlineRequest request) => Assert.ThrowsAsync<OnlineException>(() => AskAsync(world, request));
    }

    [Fact]
    public async Task View_ThatWasChangedSince_IsRefusedUntilItIsMaterialised()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        world.Definitions = new DefinitionSet([Driver, Trips with { Clocks = new Clocks("other") }]);

        var fault = await Assert.ThrowsAsync<OnlineException>(() => AskAsync(world, Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L)]))));

        Assert.Equal("online-not-materialised", fault.Code);
        Assert.Contains("its clocks", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_OfOneMinute_AreOneRecordAndThenTheirRows()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        for (var i = 0; i < 5; i++)
        {
            await world.GetAsync(null, ("driver_id", [FeatureValue.Of(1L), FeatureValue.Of(2L)]));
        }

        Assert.Equal(2, Assert.Single(world.Audited).Rows);
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.GetAsync(null, ("driver_id", [FeatureValue.Of(1L)]));
        Assert.Equal([2L, 9L], world.Audited.Select(r => r.Rows));
        await Assert.ThrowsAsync<AccessDeniedException>(() => world.Features.GetAsync(Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L)])), new Reader("eve", "online"), default).AsTask());
        Assert.False(world.Audited[^1].Allowed);
    }

    [Fact]
    public async Task Step_ThatIsBrokenOffAnywhere_IsTakenUpWithTheSameAnswers()
    {
        for (var crash = 0; crash < 14; crash++)
        {
            var store = new MemoryStore();
            await using var world = new OnlineWorld(store, Trips, Driver, [DoubleType.Default, StringType.Default], mostLoose: 1);
            await PutAsync(world, (1, TimeSpan.FromMinutes(3), 1, "a"), (9, TimeSpan.FromMinutes(3), 1, "gone"));
            var updates = crash;
            store.Updating = () =>
            {
                if (updates-- == 0)
                {
                    throw new IOException("broken off");
                }
            };
            for (var isDone = false; !isDone;)
            {
                try
                {
                    var state = await world.Views.BeginAsync(world.Plan, [OnlineWorld.Source(2)], isFull: true, default);
                    for (var part = state.Step?.PartsDone ?? 3; part < 3; part++)
                    {
                        await world.Views.AddAsync(world.Plan, [Rows(world, (1, TimeSpan.FromMinutes(2 - part), part, "b"), (part + 10, TimeSpan.Zero, 4, "c"))], part, default);
                    }

                    await world.Views.PublishAsync(world.Plan, OnlineViews.Micros(world.Clock.GetUtcNow()), default);
                    isDone = true;
                }
                catch (IOException)
                {
                    // If publishing was what broke off after it was done, a new step is the same again.
                }
            }

            store.Updating = () => { };
            await world.Views.BeginAsync(world.Plan, [OnlineWorld.Source(3)], isFull: false, default);
            await world.Views.PublishAsync(world.Plan, 0, default);
            var answer = await AskAsync(world, Request(["trips:trips_1h"], ("driver_id", [.. new long[] { 1, 10, 12, 9 }.Select(FeatureValue.Of)])));
            Assert.Equal(["3", "1", "1", "0"], answer.Columns[1].Values.Select(v => v.ToString()));
            Assert.Equal(4, (await world.Views.FindAsync("trips", default))!.Keys);
            var entries = 0;
            await foreach (var _ in store.ScanAsync("etrips"u8.ToArray(), default))
            {
                entries++;
            }

            Assert.Equal(4, entries);
        }
    }

    [Fact]
    public async Task PushedRow_OfAKeyThatWaitsToBeReplaced_AnswersUntilThen()
    {
        await using var world = World();
        var ago = TimeSpan.FromMinutes(5);
        await PutAsync(world, (1, ago, 1, "a"));
        await world.Views.PushAsync(world.Plan, [Rows(world, (1, ago, 2, "b"))], "push", 1, default);
        async Task<string> SumAsync() => (await AskAsync(world, Request(["trips:fares_1h"], ("driver_id", [FeatureValue.Of(1L)])))).Columns[1].Values[0].ToString();
        Assert.Equal("3", await SumAsync());

        await world.Views.BeginAsync(world.Plan, [OnlineWorld.Source(2, pushedThrough: 1)], isFull: false, default);
        var undecided = await world.Views.AddAsync(world.Plan, [Rows(world, (1, ago, 2, "b"))], 0, default);
        Assert.Equal("3", await SumAsync());
        await world.Views.ReplaceAsync(world.Plan, undecided, [Rows(world, (1, ago, 1, "a"), (1, ago, 2, "b"))], 1, default);
        Assert.Equal("3", await SumAsync());
        await world.Views.PublishAsync(world.Plan, 0, default);
        Assert.Equal("3", await SumAsync());
    }

    [Fact]
    public async Task OnlineOnlyRows_ThatNoAnswerNeedsAnyMore_AreNotKept()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        for (var push = 0; push < 20; push++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(30));
            await world.Views.PushAsync(world.Plan, [Rows(world, (1, TimeSpan.Zero, 1, "p"), (2, TimeSpan.Zero, 1, "p"))], "push", null, default);
            await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        }

        await foreach (var (_, rows) in world.Store.ScanAsync("ptrips"u8.ToArray(), default))
        {
            Assert.InRange(PushedRow.Read(rows).Count, 1, 3);
        }

        var answer = await AskAsync(world, Request(["trips:note", "trips:trips_1h"], ("driver_id", [FeatureValue.Of(1L), FeatureValue.Of(2L)])));
        Assert.Equal(["p", "p"], answer.Columns[1].Values.Select(v => v.ToString()));
        Assert.Equal(["3", "2"], answer.Columns[2].Values.Select(v => v.ToString()));
    }

    [Fact]
    public async Task Step_WithValuesOfOtherTypesThanAreStored_IsRefusedUnlessItIsFull()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        var narrow = world.Plan with { Schema = OnlineWorld.SchemaOf(Trips, Driver, [FloatType.Default, StringType.Default]) };

        Assert.Equal("online-step", (await Assert.ThrowsAsync<OnlineException>(() => world.Views.BeginAsync(narrow, [OnlineWorld.Source(2)], isFull: false, default))).Code);
        await world.Views.BeginAsync(world.Plan, [OnlineWorld.Source(2)], isFull: true, default);
        await world.Views.AddAsync(world.Plan, [Rows(world, (2, TimeSpan.Zero, 1, "a"))], 0, default);
        Assert.Equal(0, (await world.Views.BeginAsync(narrow, [OnlineWorld.Source(2)], isFull: true, default)).Step!.PartsDone);
    }

    [Fact]
    public async Task TrainingSet_ThatIsMadeAnew_IsTransformedByWhatItHasNow()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        var loads = 0;
        world.TransformerOf = (_, _) =>
        {
            loads++;
            return Task.FromResult(new Transformer([]));
        };
        var request = Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L)])) with { TrainingSet = "set" };
        await AskAsync(world, request);
        await AskAsync(world, request);
        Assert.Equal(1, loads);

        world.Clock.Advance(TimeSpan.FromSeconds(6));
        await AskAsync(world, request);
        Assert.Equal(2, loads);
    }

    [Fact]
    public void Value_BeyondItsColumn_IsNamed() =>
        Assert.Contains("1099511627776", Assert.Throws<OnlineException>(() => FeatureArrays.Build(Int32Type.Default, [FeatureValue.Of(1L << 40)])).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Removed_View_IsNotMaterialisedAndComesBackEmpty()
    {
        await using var world = World();
        await PutAsync(world, (1, TimeSpan.Zero, 1, "a"));
        await world.Views.PushAsync(world.Plan, [Rows(world, (2, TimeSpan.Zero, 2, "p"))], "push", null, default);
        await world.Views.RemoveAsync("trips", default);

        Assert.Null(await world.Views.FindAsync("trips", default));
        Assert.Equal(1, ((MemoryStore)world.Store).Count);
        await PutAsync(world, (3, TimeSpan.Zero, 1, "a"));
        var answer = await AskAsync(world, Request(["trips:fare"], ("driver_id", [FeatureValue.Of(1L), FeatureValue.Of(2L), FeatureValue.Of(3L)])));
        Assert.Equal([FeatureStatus.NotFound, FeatureStatus.NotFound, FeatureStatus.Present], answer.Columns[1].Statuses);
    }
}
