using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Online;
using Features.Core.Tests.PointInTime;

namespace Features.Core.Tests.Online;

/// <summary>
/// Online answers are what the nested loop says over the rows that are published or pushed: rows come late, corrected, tied, in random parts, by additions, replacements and pushes, in random order; and the same answers
/// come from the plain store and from SQLite.
/// </summary>
public class OnlineOracleTests
{
    private const int Span = 14;
    private static readonly string?[] Keys = ["a", "b", "c", null, "never"];
    private static readonly double[] Numbers = [0.1, 1e16, 1, -1e16, 3.5, double.NaN, double.PositiveInfinity, -0.0, 5e-324];

    [Fact]
    public void Answers_AfterAnyHistory_AreWhatTheNestedLoopSays() =>
        Gen.Int[0, int.MaxValue - 1].Sample(seed => RunAsync(new MemoryStore(), seed).GetAwaiter().GetResult(), iter: 400, threads: 1);

    [Theory]
    [InlineData(1787745839)]
    public Task Answers_AfterAHistoryThatOnceDiffered_AreWhatTheNestedLoopSays(int seed) => RunAsync(new MemoryStore(), seed);

    [Fact]
    public async Task Answers_FromSqlite_AreWhatTheNestedLoopSays()
    {
        var folder = Directory.CreateTempSubdirectory("features-online-");
        try
        {
            for (var seed = 0; seed < 8; seed++)
            {
                await using var store = new SqliteOnlineStore(Path.Combine(folder.FullName, $"{seed}.db"));
                await RunAsync(store, seed);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(IOnlineStore store, int seed)
    {
        var history = new History(store, new Random(seed));
        await using (history.World)
        {
            await history.RunAsync();
        }
    }

    /// <summary>One random history. Every row has a place in the view's order from its beginning; pushed rows come after the others in it, in the order in which they are pushed.</summary>
    private sealed class History
    {
        private readonly Random random;
        private readonly bool hasAvailable, inclusive;
        private readonly long? ttl;
        private readonly long start;
        private readonly List<NestedLoop.Row> table = [], published = [];
        private readonly List<(NestedLoop.Row Row, long? Sequence)> pushed = [];
        private int orders;
        private int pushes = 1_000_000;
        private long sequence, throughTable, throughPublished, snapshot;
        private bool isPublished;

        public History(IOnlineStore store, Random random)
        {
            this.random = random;
            (hasAvailable, inclusive, ttl) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0 ? random.Next(1, 9) : null);
            var view = new FeatureView("v", "e")
            {
                Source = "t.rows",
                Clocks = new Clocks("at", hasAvailable ? "known" : null, hasAvailable && inclusive),
                Ttl = ttl is { } micros ? TimeSpan.FromMicroseconds(micros) : null,
                Features = FeaturesOf(random),
            };
            World = new OnlineWorld(store, view, new Entity("e", new EntityKey("k", "string")), [DoubleType.Default, Int64Type.Default], mostLoose: random.Next(3) switch { 0 => 1, 1 => 4, _ => 128 });
            start = OnlineViews.Micros(World.Clock.GetUtcNow());
        }

        public OnlineWorld World { get; }

        private bool IsStrict => hasAvailable && !inclusive;

        public async Task RunAsync()
        {
            for (var action = 0; action < 8; action++)
            {
                switch (random.Next(isPublished ? 6 : 3))
                {
                    case 0 or 1:
                        await PushAsync();
                        break;
                    case 2:
                        Change();
                        await MaterializeAsync(isFull: true);
                        break;
                    default:
                        await MaterializeAsync(isFull: false);
                        break;
                }

                World.Clock.Advance(TimeSpan.FromMicroseconds(random.Next(0, 3)));
                if (isPublished || pushed.Count > 0)
                {
                    await CheckAsync();
                }
            }
        }

        private static Feature[] FeaturesOf(Random random)
        {
            Feature[] latest = [new("number", "number"), new("whole", "whole")];
            var windowed = new[] { ("number", Enum.GetValues<Aggregate>()), ("whole", Enum.GetValues<Aggregate>()) }.SelectMany(e => e.Item2.Select(aggregate =>
                new Feature($"{aggregate}_{e.Item1}", e.Item1, aggregate, TimeSpan.FromMicroseconds(random.Next(1, 12))) { Closed = (WindowEnd)random.Next(2) }))
                .Append(new Feature("rows", "*", Aggregate.Count, TimeSpan.FromMicroseconds(random.Next(1, 20))));
            // Both expressions are needed in their order; of the kinds of features, either or both.
            return random.Next(3) switch { 0 => latest, 1 => [new("n", "number", Aggregate.Count, TimeSpan.FromMicroseconds(3)), new("m", "number", Aggregate.Max, TimeSpan.FromMicroseconds(3)), .. windowed], _ => [.. latest, .. windowed] };
        }

        private NestedLoop.Row NewRow(int order)
        {
            var happened = start + random.Next(-Span, Span / 2);
            return new NestedLoop.Row(
                Keys[random.Next(3)], happened, hasAvailable ? happened + random.Next(-2, 5) : happened, order,
                random.Next(5) == 0 ? null : Numbers[random.Next(Numbers.Length)], random.Next(5) == 0 ? null : random.Next(-3, 3));
        }

        /// <summary>The table changes in any way: rows come, go, are corrected.</summary>
        private void Change()
        {
            table.RemoveAll(r => r.Order < 1_000_000 && random.Next(4) == 0);
            for (var i = random.Next(0, 30); i > 0; i--)
            {
                table.Add(NewRow(random.Next(0, 900) * 1000 + orders++));
            }
        }

        private async Task PushAsync()
        {
            var rows = Enumerable.Range(0, random.Next(1, 4)).Select(_ => NewRow(pushes++)).ToList();
            long? number = random.Next(4) == 0 ? null : ++sequence;
            await World.Views.PushAsync(World.Plan, [BatchOf(rows)], "push", number, default);
            if (number is not null && random.Next(3) == 0)
            {
                await World.Views.PushAsync(World.Plan, [BatchOf(rows)], "push", number, default);
            }

            pushed.AddRange(rows.Select(r => (r, number)));
        }

        /// <summary>Takes a step to what the table is now, with what was pushed by then in it.</summary>
        private async Task MaterializeAsync(bool isFull)
        {
            throughTable = random.Next(3) == 0 ? throughTable : sequence;
            table.AddRange(pushed.Where(p => p.Sequence <= throughTable && !table.Contains(p.Row)).Select(p => p.Row));
            var before = published.ToList();
            var removed = new HashSet<string?>();
            if (!isFull)
            {
                for (var i = random.Next(0, 12); i > 0; i--)
                {
                    table.Add(NewRow(random.Next(0, 900) * 1000 + orders++));
                }

                if (random.Next(3) == 0)
                {
                    removed.Add(Keys[random.Next(3)]);
                    table.RemoveAll(r => removed.Contains(r.Key) && random.Next(3) == 0);
                }
            }

            var target = new[] { OnlineWorld.Source(++snapshot, throughTable) };
            await World.Views.BeginAsync(World.Plan, target, isFull, default);
            var part = 0L;
            var added = Ordered(isFull ? table : table.Where(r => !before.Contains(r) && !removed.Contains(r.Key)));
            if (isFull && random.Next(2) == 0)
            {
                // As rows sorted by key: each key is put, and what is too long for a part added to it.
                foreach (var key in added.GroupBy(r => r.Key))
                {
                    var rows = key.ToList();
                    await World.Views.ReplaceAsync(World.Plan, [KeyOf(key.Key!)], [BatchOf(rows)], part++, default);
                }
            }
            else
            {
                var undecided = new HashSet<string>();
                for (var from = 0; from < added.Count;)
                {
                    var some = added.GetRange(from, Math.Min(random.Next(1, 9), added.Count - from));
                    from += some.Count;
                    await World.Views.AddAsync(World.Plan, [BatchOf(some)], part, default);
                    if (random.Next(4) == 0)
                    {
                        await World.Views.BeginAsync(World.Plan, target, isFull, default);
                        await World.Views.AddAsync(World.Plan, [BatchOf(some)], part, default);
                    }

                    part++;
                }

                var state = await World.Views.FindAsync("v", default);
                Assert.Equal(part, state!.Step!.PartsDone);
                var again = state.Step.Undecided.Select(k => OnlineKeys.Values(World.Plan.Entity, k)[0].AsText()).Concat(removed.OfType<string>()).Distinct();
                foreach (var key in again)
                {
                    await World.Views.ReplaceAsync(World.Plan, [KeyOf(key)], [BatchOf(Ordered(table.Where(r => r.Key == key)))], part++, default);
                }
            }

            var newest = table.Count == 0 ? 0 : table.Max(r => r.Event!.Value);
            await World.Views.PublishAsync(World.Plan, Math.Min(OnlineViews.Micros(World.Clock.GetUtcNow()), newest), default);
            (isPublished, throughPublished) = (true, throughTable);
            published.Clear();
            published.AddRange(table);
        }

        private async Task CheckAsync()
        {
            var frontier = (await World.Views.FindAsync("v", default))?.Frontier ?? OnlineViews.Micros(World.Clock.GetUtcNow());
            List<NestedLoop.Row> rows = [.. published, .. pushed.Where(p => p.Sequence is null || p.Sequence > throughPublished).Select(p => p.Row with { Order = p.Row.Order + 10_000_000 })];
            for (var i = 0; i < 4; i++)
            {
                var now = Math.Max(frontier, start - 2) + random.Next(0, Span);
                var answer = await World.GetAsync(now, ("k", [.. Keys.Select(k => FeatureValue.Of(k))]));
                for (var row = 0; row < Keys.Length; row++)
                {
                    var spine = new NestedLoop.Spine(Keys[row], now);
                    foreach (var (feature, column) in World.Plan.View.Features.Zip(answer.Columns.Skip(1)))
                    {
                        var (value, status, happened) = Expected(rows, spine, feature);
                        Assert.True(
                            (value, status, happened) == (Number(column.Values[row]), column.Statuses[row], column.EventMicros[row]) || value is double.NaN && Number(column.Values[row]) is double.NaN && status == column.Statuses[row],
                            $"{feature.Name} of {Keys[row]} at {now - start}: expected {value} {status} {happened - start}, was {column.Values[row]} {column.Statuses[row]} {column.EventMicros[row] - start}");
                    }
                }
            }
        }

        private (double? Value, FeatureStatus Status, long Event) Expected(List<NestedLoop.Row> rows, NestedLoop.Spine spine, Feature feature)
        {
            double? Of(NestedLoop.Row row) => feature.Expression == "number" ? row.Number + 0.0 : row.Whole;
            var isFound = NestedLoop.Candidates(rows, spine, hasAvailable, inclusive).Any();
            if (feature.Aggregate is null)
            {
                var any = NestedLoop.Latest(rows, spine, null, hasAvailable, inclusive);
                var winner = NestedLoop.Latest(rows, spine, ttl, hasAvailable, inclusive);
                return any is null ? (null, FeatureStatus.NotFound, OnlineColumn.NoEvent)
                    : winner is null ? (null, FeatureStatus.OutsideMaxAge, any.Event!.Value)
                    : (Of(winner), Of(winner) is null ? FeatureStatus.NullValue : FeatureStatus.Present, winner.Event!.Value);
            }

            var length = feature.Window!.Value.Ticks / 10;
            var window = NestedLoop.Candidates(rows, spine, hasAvailable, inclusive)
                .Where(r => feature.Closed == WindowEnd.Right ? r.Event > spine.Moment - length : r.Event >= spine.Moment - length && r.Event < spine.Moment)
                .OrderBy(r => r.Event).ThenBy(r => hasAvailable ? r.Available : r.Event).ThenBy(r => r.Order).ToList();
            var values = window.Select(Of).OfType<double>().ToList();
            double? value = feature.Aggregate switch
            {
                Aggregate.Count => feature.Expression == "*" ? window.Count : values.Count,
                Aggregate.First => values.Count == 0 ? null : values[0],
                Aggregate.Last => values.Count == 0 ? null : values[^1],
                _ => NestedLoop.Of(feature.Aggregate.Value, values),
            };
            return (value + 0.0, value is not null ? FeatureStatus.Present : isFound ? FeatureStatus.NullValue : FeatureStatus.NotFound, window.Count == 0 ? OnlineColumn.NoEvent : window[^1].Event!.Value);
        }

        private List<NestedLoop.Row> Ordered(IEnumerable<NestedLoop.Row> rows) => [.. rows.OrderBy(r => r.Event).ThenBy(r => hasAvailable ? r.Available : r.Event).ThenBy(r => r.Order)];

        private RecordBatch BatchOf(IReadOnlyList<NestedLoop.Row> rows) => World.Batch(
            [.. rows.Select(r => (new[] { FeatureValue.Of(r.Key) }, r.Event!.Value, r.Available, new[]
            {
                r.Number is { } number ? FeatureValue.Of(number) : FeatureValue.Null, r.Whole is { } whole ? FeatureValue.Of(whole) : FeatureValue.Null,
            }))]);

        private ReadOnlyMemory<byte> KeyOf(string key) => OnlineKeys.Encode(World.Plan.Entity, BatchOf([new NestedLoop.Row(key, 0, 0, 0, null, null)]))[0]!.Value;

        private static double? Number(FeatureValue value) => value.Kind switch
        {
            FeatureValueKind.Null => null,
            FeatureValueKind.Float => value.AsFloat(),
            _ => value.AsInteger(),
        };
    }
}
