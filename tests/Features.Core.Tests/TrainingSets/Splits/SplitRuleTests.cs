using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Splits;

namespace Features.Core.Tests.TrainingSets.Splits;

public class SplitRuleTests
{
    private static readonly TimestampType Clock = new(TimeUnit.Microsecond, (string?)null);

    private static readonly Schema Columns = new(
        [new Field("user", StringType.Default, true), new Field("shop", Int64Type.Default, true), new Field("at", Clock, true), new Field("bought", BooleanType.Default, true), new Field("seen_at", Clock, true)],
        null);

    private static readonly Gen<Row> Rows = Gen.Select(Gen.OneOf("a", "b", "c", "ab", "", null!), Gen.Long[0, 4].Nullable(0.1), Gen.Long[0, 50].Nullable(0.05), Gen.Long[0, 90].Nullable(0.1), (u, s, a, k) => new Row(u, s, a, k));

    private sealed record Row(string? User, long? Shop, long? At, long? SeenAt);

    [Fact]
    public void Keys_AndGroups_AreEachInOnePart() => Gen.Select(Rows.Array[0, 60], Gen.Bool, Gen.Long, Gen.Int[1, 7]).Sample((rows, isByKey, seed, size) =>
    {
        var split = new Split(isByKey ? SplitBy.Key : SplitBy.Group, new("train", 0.5), new("validate", 0.3), new("test", 0.2)) { Seed = seed, Columns = isByKey ? [] : ["user"] };
        var places = Assign(Set(split), rows, size);
        Assert.DoesNotContain(SplitRule.None, places);
        Assert.All(rows.Zip(places).GroupBy(r => isByKey ? (object)(r.First.User, r.First.Shop) : r.First.User ?? "null"), group => Assert.Single(group.Select(g => g.Second).Distinct()));
        Assert.Equal(places, Assign(Set(split), rows, rows.Length + 1));
    });

    [Fact]
    public void Shares_OfManyKeys_AreKept_AndOtherSeedsShareOutOtherwise()
    {
        var rows = Enumerable.Range(0, 20_000).Select(i => new Row($"user{i}", i, 0, null)).ToArray();
        var places = Assign(Set(new Split(SplitBy.Key, new("train", 0.8), new("test", 0.2))), rows);
        Assert.InRange(places.Count(p => p == 0), 15_750, 16_250);
        var others = Assign(Set(new Split(SplitBy.Key, new("train", 0.8), new("test", 0.2)) { Seed = 7 }), rows);
        Assert.InRange(places.Zip(others).Count(p => p.First != p.Second), 5_900, 6_900);
    }

    [Fact]
    public void Time_SharedOrUntilAMoment_IsInOrder_WithEqualTimestampsTogether() =>
        Gen.Select(Rows.Array[0, 80], Gen.Double[0.05, 0.9], Gen.Int[1, 30], Gen.Bool, Gen.Int[0, 9]).Sample((rows, share, bound, isUntil, gap) =>
        {
            var first = isUntil ? new SplitPart("train") { Until = DateTimeOffset.UnixEpoch.AddMicroseconds(25) } : new SplitPart("train", share);
            var split = new Split(SplitBy.Time, first, new SplitPart("test", isUntil ? null : 1 - share)) { Gap = TimeSpan.FromMicroseconds(gap) };
            var rule = Fit(Set(split), rows, bound);
            var places = Assign(rule, rows, 11);
            var (train, test) = (rows.Zip(places).Where(r => r.Second == 0).Select(r => r.First.At!.Value).ToList(), rows.Zip(places).Where(r => r.Second == 1).Select(r => r.First.At!.Value).ToList());
            Assert.True(train.Count == 0 || test.Count == 0 || train.Max() < test.Min());
            Assert.All(test, t => Assert.True(t - rule.Boundaries[0] >= gap));
            Assert.All(rows.Zip(places).Where(r => r.First.At is not null), r => Assert.Equal(r.First.At < rule.Boundaries[0] ? 0 : r.First.At - rule.Boundaries[0] < gap ? SplitRule.None : 1, r.Second));
            Assert.All(rows.Zip(places).Where(r => r.First.At is null), r => Assert.Equal(SplitRule.None, r.Second));
            if (!isUntil && rows.Select(r => r.At).OfType<long>().Order().ToList() is { Count: > 0 } sorted)
            {
                // The boundary is the timestamp at the share; the train part never takes more than its share.
                var place = (int)Math.Round(share * sorted.Count);
                Assert.Equal(place < sorted.Count ? sorted[place] : sorted[^1] + 1, rule.Boundaries[0]);
                Assert.True(sorted.Count(t => t < rule.Boundaries[0]) <= place);
            }
        });

    [Fact]
    public void Label_KnownOnlyWhenItsPartHasEnded_BelongsToNone() => Gen.Select(Rows.Array[0, 60], Gen.Int[1, 20].Nullable()).Sample((rows, matures) =>
    {
        var label = matures is { } span ? new Label("bought") { Matures = TimeSpan.FromMicroseconds(span) } : new Label("bought") { KnownAt = "seen_at" };
        var split = new Split(SplitBy.Time, new("train") { Until = DateTimeOffset.UnixEpoch.AddMicroseconds(20) }, new("validate") { Until = DateTimeOffset.UnixEpoch.AddMicroseconds(35) }, new("test"));
        var places = Assign(Set(split) with { Label = label }, rows);
        foreach (var (row, place) in rows.Zip(places).Where(r => r.First.At is not null))
        {
            long? known = matures is { } wait ? row.At!.Value + wait : row.SeenAt;
            var expected = row.At < 20 ? (known < 20 ? 0 : SplitRule.None) : row.At < 35 ? (known < 35 ? 1 : SplitRule.None) : 2;
            Assert.Equal(expected, place);
        }
    });

    [Fact]
    public void Train_IsThePartOfThatName_OrTheFirst()
    {
        Assert.Equal(1, SplitRule.TrainOf(new Split(SplitBy.Key, new("test", 0.2), new("train", 0.8))));
        Assert.Equal(0, SplitRule.TrainOf(new Split(SplitBy.Key, new("fit", 0.8), new("holdout", 0.2))));
    }

    [Fact]
    public void Column_ThatIsNotThere_IsRefusedByName()
    {
        var split = new Split(SplitBy.Group, new("train", 0.8), new("test", 0.2)) { Columns = ["usr"] };
        Assert.Contains("'user'", Assert.Throws<TrainingSetException>(() => new SplitFit(Set(split), [], Columns)).Message, StringComparison.Ordinal);
        var taken = new Schema([.. Columns.FieldsList, new Field("_split", StringType.Default, true)], null);
        Assert.Contains("'_split'", Assert.Throws<TrainingSetException>(() => new SplitFit(Set(split), [], taken)).Message, StringComparison.Ordinal);
    }

    private static TrainingSet Set(Split split) => new("sales") { Service = "s", Spine = "", Timestamp = "at", Split = split };

    private static SplitRule Fit(TrainingSet set, Row[] rows, int bound)
    {
        var fit = new SplitFit(set, ["user", "shop"], Columns, bound);
        while (!fit.IsDone)
        {
            foreach (var chunk in rows.Chunk(13))
            {
                fit.Add(Batch(chunk));
            }

            fit.EndPass();
        }

        return fit.Rule;
    }

    private static int[] Assign(TrainingSet set, Row[] rows, int size = 1000) => Assign(Fit(set, rows, 100), rows, size);

    private static int[] Assign(SplitRule rule, Row[] rows, int size) => [.. rows.Chunk(size).SelectMany(chunk => rule.Assign(Batch(chunk)))];

    private static RecordBatch Batch(Row[] rows) => new(
        Columns,
        [
            rows.Aggregate(new StringArray.Builder(), (b, r) => r.User is { } v ? b.Append(v) : b.AppendNull()).Build(),
            rows.Aggregate(new Int64Array.Builder(), (b, r) => b.Append(r.Shop)).Build(),
            Times(rows, r => r.At),
            rows.Aggregate(new BooleanArray.Builder(), (b, r) => b.Append(r.Shop > 1)).Build(),
            Times(rows, r => r.SeenAt),
        ],
        rows.Length);

    private static TimestampArray Times(Row[] rows, Func<Row, long?> at) =>
        rows.Aggregate(new TimestampArray.Builder(Clock), (b, r) => at(r) is { } v ? b.Append(DateTimeOffset.UnixEpoch.AddMicroseconds(v)) : b.AppendNull()).Build();
}
