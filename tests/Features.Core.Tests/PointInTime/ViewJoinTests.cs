using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime;
using Features.Core.PointInTime.Columns;
using Features.Core.PointInTime.Kernel;

namespace Features.Core.Tests.PointInTime;

public class ViewJoinTests
{
    private const string Numbers = "numbers", Wholes = "wholes";

    private static readonly Gen<double> AnyDouble = Gen.OneOf(
        Gen.Int[-3, 3].Select(i => (double)i),
        Gen.Double,
        Gen.OneOf(double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, double.Epsilon, -double.Epsilon, double.MaxValue, -double.MaxValue, 1e16, 1.0, -1e16, 0.1));

    private static readonly Gen<double> Finite = Gen.OneOf(Gen.Double[-1e3, 1e3], Gen.OneOf(double.Epsilon, double.MaxValue / 64, -double.MaxValue / 64, 1e16, 1.0, 0.1, 2.2250738585072014E-308));

    private static readonly Gen<string?> Key = Gen.OneOf("1", "2", "12", null);

    private static readonly Gen<long?> Moment = Gen.OneOf(Gen.Long[-12, 12].Nullable(0.05), Gen.OneOf<long?>(long.MinValue, long.MaxValue, long.MinValue + 1));

    private static Gen<List<NestedLoop.Row>> Rows(Gen<double> numbers) =>
        Gen.Select(Key, Moment, Moment, numbers.Nullable(0.2), Gen.Long[-5, 5].Nullable(0.2)).Array[0, 40]
            .Select(rows => rows.Select((r, i) => new NestedLoop.Row(r.Item1, r.Item2, r.Item3, i, r.Item4, r.Item5)).ToList());

    private static readonly Gen<List<NestedLoop.Spine>> SpineRows = Gen.Select(Key, Moment, (k, m) => new NestedLoop.Spine(k, m)).List[0, 30];

    [Fact]
    public void Windows_OfAnyRows_AreWhatTheNestedLoopSays() =>
        Gen.Select(Rows(AnyDouble), SpineRows, Gen.OneOf(1L, 2, 7, long.MaxValue), Gen.Bool, Gen.Bool).Sample(
            (rows, spine, window, hasAvailable, inclusive) =>
            {
                Aggregate[] aggregates = [Aggregate.Count, Aggregate.Sum, Aggregate.Avg, Aggregate.Min, Aggregate.Max];
                var features = aggregates.SelectMany(a => new[]
                {
                    new FeaturePlan($"{a}_{Numbers}", 0, a, window, true),
                    new FeaturePlan($"{a}_{Wholes}", 1, a, window, false),
                    new FeaturePlan($"{a}_{Wholes}_1us", 1, a, 1, false),
                }).Append(new FeaturePlan("rows", -1, Aggregate.Count, window, false)).ToList();
                var results = Run(rows, spine, new ViewPlan(features, null, inclusive), hasAvailable);
                for (var s = 0; s < spine.Count; s++)
                {
                    for (var f = 0; f < features.Count; f++)
                    {
                        var inWindow = NestedLoop.Window(rows, spine[s], features[f].WindowMicros, hasAvailable, inclusive);
                        var expected = features[f].Expression < 0 ? inWindow.Count
                            : NestedLoop.Of(features[f].Aggregate!.Value, [.. inWindow.Select(r => features[f].Expression == 0 ? r.Number : r.Whole).OfType<double>()]);
                        if (features[f].Expression == 1)
                        {
                            expected = NestedLoop.Of(features[f].Aggregate!.Value, [.. inWindow.Select(r => r.Whole).OfType<long>().Select(w => (double)w)]);
                        }

                        Assert.Equal(expected, Value(results[f], s, features[f]));
                    }
                }
            });

    [Fact]
    public void Sums_OfFiniteDoublesFromEndToEnd_AreRoundedOnce() =>
        Gen.Select(Rows(Finite), SpineRows).Sample((rows, spine) =>
        {
            var feature = new FeaturePlan("sum", 0, Aggregate.Sum, 9, true);
            var results = Run(rows, spine, new ViewPlan([feature], null, false), hasAvailable: true);
            for (var s = 0; s < spine.Count; s++)
            {
                var values = NestedLoop.Window(rows, spine[s], 9, true, false).Select(r => r.Number).OfType<double>().ToList();
                Assert.Equal(NestedLoop.Of(Aggregate.Sum, values), Value(results[0], s, feature));
            }
        });

    [Fact]
    public void Latest_OfAnyRows_IsWhatTheNestedLoopSays() =>
        Gen.Select(Rows(AnyDouble), SpineRows, Gen.Long[1, 9].Nullable(0.3), Gen.Bool, Gen.Bool).Sample(
            (rows, spine, ttl, hasAvailable, inclusive) =>
            {
                FeaturePlan[] features = [new(Numbers, 0, null, 0, true), new(Wholes, 1, null, 0, false)];
                var results = Run(rows, spine, new ViewPlan(features, ttl, inclusive), hasAvailable);
                for (var s = 0; s < spine.Count; s++)
                {
                    var winner = NestedLoop.Latest(rows, spine[s], ttl, hasAvailable, inclusive);
                    Assert.Equal(winner?.Number, Value(results[0], s, features[0]));
                    Assert.Equal(winner?.Whole, Value(results[1], s, features[1]));
                }
            });

    [Fact]
    public void OwnRow_ChangedLabel_ChangesNoneOfItsOwnFeatures() =>
        // A row that is known only after the spine's moment, whatever its value, must not show in that moment's features.
        Gen.Select(Rows(AnyDouble).Where(r => r.Count > 0), Gen.Int[0, 1000], AnyDouble, Gen.Long[0, 3]).Sample((rows, pick, changed, lag) =>
        {
            var own = rows[pick % rows.Count] with { Event = 5, Available = 5 + lag, Key = "1" };
            rows[own.Order] = own;
            FeaturePlan[] features = [new("sum", 0, Aggregate.Sum, 100, true), new("latest", 0, null, 0, true), new("max", 0, Aggregate.Max, 3, true)];
            List<NestedLoop.Spine> spine = [new("1", 5)];
            var before = Run(rows, spine, new ViewPlan(features, null, false), hasAvailable: true);
            rows[own.Order] = own with { Number = changed };
            var after = Run(rows, spine, new ViewPlan(features, null, false), hasAvailable: true);
            for (var f = 0; f < features.Length; f++)
            {
                Assert.Equal(Value(before[f], 0, features[f]), Value(after[f], 0, features[f]));
            }
        });

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(10, 11, false)]
    [InlineData(0, 0, true)]
    public void Ttl_AtItsBounds_IsInclusive(long ttl, long age, bool isFound)
    {
        List<NestedLoop.Row> rows = [new("k", 100, null, 0, 1.5, 1)];
        var results = Run(rows, [new("k", 100 + age), new("k", 99)], new ViewPlan([new("x", 0, null, 0, true)], ttl, false), hasAvailable: false);
        Assert.Equal(isFound, results[0].Slice(0, 1).IsValid(0));
        Assert.False(results[0].Slice(1, 1).IsValid(0));
    }

    [Fact]
    public void Sum_PastSixtyFourBits_IsRefusedByName()
    {
        List<NestedLoop.Row> rows = [new("k", 1, null, 0, null, long.MaxValue), new("k", 2, null, 1, null, 1)];
        var feature = new FeaturePlan("total", 1, Aggregate.Sum, 10, false);
        var fault = Assert.Throws<PointInTimeException>(() => Run(rows, [new("k", 3)], new ViewPlan([feature], null, false), false));
        Assert.Contains("'total'", fault.Message, StringComparison.Ordinal);
        Assert.Equal(long.MaxValue, Value(Run(rows, [new("k", 1)], new ViewPlan([feature], null, false), false)[0], 0, feature));
    }

    [Fact]
    public void FirstAndLast_OfAnyRows_AreWhatTheNestedLoopSays() =>
        Gen.Select(Rows(AnyDouble), SpineRows, Gen.OneOf(1L, 2, 7, long.MaxValue), Gen.Bool, Gen.Bool, Gen.Bool).Sample(
            (rows, spine, window, hasAvailable, inclusive, isLeft) =>
            {
                var closed = isLeft ? WindowEnd.Left : WindowEnd.Right;
                FeaturePlan[] features = [new("first", 0, Aggregate.First, window, true) { Closed = closed }, new("last", 1, Aggregate.Last, window, false) { Closed = closed }];
                var results = Run(rows, spine, new ViewPlan(features, null, inclusive), hasAvailable);
                for (var s = 0; s < spine.Count; s++)
                {
                    var inWindow = NestedLoop.Ordered(NestedLoop.Window(rows, spine[s], window, hasAvailable, inclusive, isLeft), hasAvailable);
                    Assert.Equal(inWindow.Select(r => r.Number).OfType<double>().Cast<double?>().FirstOrDefault(), Value(results[0], s, features[0]));
                    Assert.Equal(inWindow.Select(r => (double?)r.Whole).OfType<double>().Cast<double?>().LastOrDefault(), Value(results[1], s, features[1]));
                }
            });

    [Fact]
    public void WindowsThatAreClosedAtTheLeft_OfAnyRows_AreWhatTheNestedLoopSays() =>
        Gen.Select(Rows(AnyDouble), SpineRows, Gen.OneOf(1L, 2, 7, long.MaxValue), Gen.Bool, Gen.Bool).Sample(
            (rows, spine, window, hasAvailable, inclusive) =>
            {
                Aggregate[] aggregates = [Aggregate.Count, Aggregate.Sum, Aggregate.Avg, Aggregate.Min, Aggregate.Max];
                var features = aggregates.Select(a => new FeaturePlan($"{a}", 0, a, window, true) { Closed = WindowEnd.Left }).ToList();
                var results = Run(rows, spine, new ViewPlan(features, null, inclusive), hasAvailable);
                for (var s = 0; s < spine.Count; s++)
                {
                    var values = NestedLoop.Window(rows, spine[s], window, hasAvailable, inclusive, isLeft: true).Select(r => r.Number).OfType<double>().ToList();
                    for (var f = 0; f < features.Count; f++)
                    {
                        Assert.Equal(NestedLoop.Of(aggregates[f], values), Value(results[f], s, features[f]));
                    }
                }
            });

    [Fact]
    public void Windows_WhoseRowsAreKnownInTheirOrder_AreWhatTheNestedLoopSays() =>
        // Rows that come in as they go out take the way without trees.
        Gen.Select(Rows(AnyDouble), SpineRows, Gen.OneOf(1L, 3, 9), Gen.Long[0, 4]).Sample(
            (rows, spine, window, lag) =>
            {
                rows = [.. rows.Select(r => r with { Available = r.Event is { } e && e < long.MaxValue - lag ? e + lag : r.Event })];
                Aggregate[] aggregates = [Aggregate.Count, Aggregate.Sum, Aggregate.Avg, Aggregate.Min, Aggregate.Max];
                var features = aggregates.Select(a => new FeaturePlan($"{a}", 0, a, window, true)).ToList();
                var results = Run(rows, spine, new ViewPlan(features, null, false), hasAvailable: true);
                for (var s = 0; s < spine.Count; s++)
                {
                    var values = NestedLoop.Window(rows, spine[s], window, true, false).Select(r => r.Number).OfType<double>().ToList();
                    for (var f = 0; f < features.Count; f++)
                    {
                        Assert.Equal(NestedLoop.Of(aggregates[f], values), Value(results[f], s, features[f]));
                    }
                }
            });

    [Fact]
    public void Latest_OfRowsWithoutAnOrder_TellsWhichAreTied()
    {
        List<NestedLoop.Row> rows = [new("1", 5, 6, 0, 1, null), new("1", 5, 6, 1, 2, null), new("2", 5, 6, 2, 3, null), new("2", 5, 7, 3, 4, null)];
        var (source, spine) = Load(rows, [new("1", 9), new("2", 9)], hasAvailable: true);
        source.Ordered = int.MaxValue;
        var ties = new TiedMoments();
        Assert.Null(ViewJoin.Join(source, new ViewPlan([new("x", 0, null, 0, true)], null, false), spine, [9, 9], null, ties, CancellationToken.None));
        Assert.Equal([(5L, 6L)], ties.Clocks);
        Assert.True(ties.Contains(0, 5, 6));
    }

    [Fact]
    public void Latest_OfRowsThatBecameKnownTogether_TellsOnlyTiesOfTheLatest_WhateverTheirOrder() =>
        // A load makes many rows known at one moment: only the latest of them is ever seen.
        Gen.Long[0, 6].Array[1, 60].Sample(events =>
        {
            var (source, spine) = Load([.. events.Select((e, i) => new NestedLoop.Row("1", e, 20, i, i, null))], [new("1", 30)], hasAvailable: true);
            source.Ordered = int.MaxValue;
            var ties = new TiedMoments();
            _ = ViewJoin.Join(source, new ViewPlan([new("x", 0, null, 0, true)], null, false), spine, [30], null, ties, CancellationToken.None);
            Assert.Equal(events.Count(e => e == events.Max()) > 1 ? [(events.Max(), 20L)] : [], ties.Clocks);
        });

    internal static IReadOnlyList<JoinedColumn> Run(IReadOnlyList<NestedLoop.Row> rows, IReadOnlyList<NestedLoop.Spine> spine, ViewPlan plan, bool hasAvailable)
    {
        var (source, groups) = Load(rows, spine, hasAvailable);
        var moments = spine.Select(s => s.Moment ?? 0).ToArray();
        var has = spine.Select(s => s.Moment is not null).ToArray();
        var results = ViewJoin.Join(source, plan, groups, moments, has, new TiedMoments(), CancellationToken.None)!;
        return [.. plan.Features.Select((f, i) => new JoinedColumn(Int64Type.Default, results[i], f.IsRow ? source.Values[f.Expression] : null, null))];
    }

    private static (SourceRows Source, KeyGroups Spine) Load(IReadOnlyList<NestedLoop.Row> rows, IReadOnlyList<NestedLoop.Spine> spine, bool hasAvailable)
    {
        var keys = new ByteDictionary();
        int Id(string? key) => key is null ? KeyReader.None : keys.GetOrAdd(Encoding.UTF8.GetBytes(key));
        var spineIds = spine.Select(s => Id(s.Key)).ToArray();
        // Rows come in the canonical order.
        var source = new SourceRows(hasAvailable, [(DoubleType.Default, true), (Int64Type.Default, true)]) { Ordered = 0 };
        foreach (var row in rows.Where(r => r.Event is not null && (!hasAvailable || r.Available is not null)))
        {
            source.Keys.Add(row.Key is null ? KeyReader.None : keys.Find(Encoding.UTF8.GetBytes(row.Key)));
            source.Events.Add(row.Event!.Value);
            source.Available?.Add(row.Available!.Value);
            Add(source.Cells[0]!, row.Number is { } number ? OrderedDouble.Encode(number) : null);
            Add(source.Cells[1]!, row.Whole);
            source.Values[0]!.Append(new DoubleArray.Builder().Append(row.Number).Build(), [0]);
            source.Values[1]!.Append(new Int64Array.Builder().Append(row.Whole).Build(), [0]);
        }

        return (source, new KeyGroups(keys.Count, spineIds));
    }

    private static void Add(Chunked<long> cells, long? value)
    {
        if (value is { } cell)
        {
            cells.Add(cell);
        }
        else
        {
            cells.AddNull();
        }
    }

    private static double? Value(JoinedColumn column, int row, FeaturePlan feature)
    {
        if (column.Result.Rows is not null)
        {
            return column.Slice(row, 1) switch { DoubleArray a => a.GetValue(0), Int64Array a => a.GetValue(0), var other => throw new InvalidOperationException(other.GetType().Name) };
        }

        var (cells, isFloat) = (column.Result.Cells!, feature.Aggregate == Aggregate.Avg || feature.IsFloat && feature.Aggregate != Aggregate.Count);
        return !cells.IsValid[row] ? null : isFloat ? OrderedDouble.Decode(cells.Cells[row]) : cells.Cells[row];
    }
}
