using System.Globalization;
using System.Numerics;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Statistics;
using TimeUnit = Apache.Arrow.Types.TimeUnit;

namespace Features.Core.Tests.TrainingSets.Statistics;

public class StatisticsAccumulatorTests
{
    private static readonly double[] Odd = [0d, -0d, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, 1e15, -1e-15];

    private static readonly Gen<double> Doubles = Gen.Frequency(
        (6, Gen.Double[-1e6, 1e6]),
        (2, Gen.Int[-50, 50].Select(i => i / 10d)),
        (1, Gen.Int[0, 7].Select(i => Odd[i])));

    [Fact]
    public void Doubles_OfAnyValues_AreAsTheFormulasSay() => Doubles.Nullable(0.2).Array[0, 200].Sample(values =>
    {
        var column = Of(new DoubleArray.Builder(), (b, v) => _ = v is { } x ? b.Append(x) : b.AppendNull(), b => b.Build(), values);
        AssertNumbers(values.Select(v => v is { } x ? x : (double?)null), column);
        Assert.Equal(values.Count(v => v is { } x && double.IsNaN(x)), column.NaNs);
        Assert.Equal(values.Count(v => v is { } x && double.IsInfinity(x)), column.Infinities);
    });

    [Fact]
    public void Floats_Longs_AndUnsignedLongs_KeepTheirDigits()
    {
        var floats = Of(new FloatArray.Builder(), (b, v) => b.Append(v), b => b.Build(), [0.1f, 3.4e38f, -1e-30f]);
        Assert.Equal(("-1E-30", "3.4E+38"), (floats.Min, floats.Max));
        var longs = Of(new Int64Array.Builder(), (b, v) => b.Append(v), b => b.Build(), [long.MinValue, long.MaxValue, long.MaxValue - 1]);
        Assert.Equal(("-9223372036854775808", "9223372036854775807", new DistinctCount(3, true)), (longs.Min, longs.Max, longs.Distinct));
        var unsigned = Of(new UInt64Array.Builder(), (b, v) => b.Append(v), b => b.Build(), [ulong.MaxValue, 0UL]);
        Assert.Equal(("0", "18446744073709551615"), (unsigned.Min, unsigned.Max));
    }

    [Fact]
    public void Integers_OfAnyWidth_AreAsTheFormulasSay() => Gen.Int[-300, 300].Nullable(0.1).Array[0, 100].Sample(values =>
    {
        var wanted = values.Select(v => (double?)v).ToList();
        AssertNumbers(wanted, Of(new Int16Array.Builder(), (b, v) => _ = v is { } x ? b.Append((short)x) : b.AppendNull(), b => b.Build(), values));
        AssertNumbers(wanted, Of(new Int32Array.Builder(), (b, v) => _ = v is { } x ? b.Append(x) : b.AppendNull(), b => b.Build(), values));
        AssertNumbers(wanted, Of(new Int64Array.Builder(), (b, v) => _ = v is { } x ? b.Append(x) : b.AppendNull(), b => b.Build(), values));
        AssertNumbers(wanted, Of(new FloatArray.Builder(), (b, v) => _ = v is { } x ? b.Append(x) : b.AppendNull(), b => b.Build(), values));
    });

    [Fact]
    public void Decimals_OfAnyScale_AreExactInTheirRange() => Gen.Select(Gen.Long.Nullable(0.1).Array[0, 60], Gen.Int[0, 30]).Sample((values, scale) =>
    {
        var column = Of(new Decimal128Array.Builder(new Decimal128Type(38, scale)), (b, v) => _ = v is { } x ? b.Append(Plain(x, scale)) : b.AppendNull(), b => b.Build(), values);
        var present = values.OfType<long>().ToList();
        Assert.Equal(present.Count == 0 ? null : Plain(present.Min(), scale), column.Min);
        Assert.Equal(present.Count == 0 ? null : Plain(present.Max(), scale), column.Max);
        Assert.Equal(new DistinctCount(present.Distinct().Count(), true), column.Distinct);
        AssertClose(present.Count == 0 ? null : present.Average(v => v / Math.Pow(10, scale)), column.Mean, present.Select(v => Math.Abs(v / Math.Pow(10, scale))).DefaultIfEmpty().Max());
    });

    [Fact]
    public void Times_OfEachType_SayTheirRangeAsIso()
    {
        Assert.Equal(("1969-12-31", "2001-01-01"), Range(Of(new Date32Array.Builder(), (b, v) => b.Append(v), b => b.Build(), [new DateTime(2001, 1, 1), new DateTime(1969, 12, 31)])));
        Assert.Equal(("1969-12-31T23:59:59.999999Z", "2001-01-01T00:00:00.5Z"), Range(Timestamps(TimeUnit.Microsecond, "UTC", -1, 978_307_200_500_000)));
        Assert.Equal(("1969-12-31T23:59:59", "1970-01-01T00:00:01"), Range(Timestamps(TimeUnit.Second, null, -1, 1)));
        Assert.Equal(("1970-01-01T00:00:00.000000001", "1970-01-01T00:00:01"), Range(Timestamps(TimeUnit.Nanosecond, "", 1, 1_000_000_000)));
        Assert.Equal(("00:00:01.25", "23:59:59"), Range(Of(new Time64Array.Builder(new Time64Type(TimeUnit.Microsecond)), (b, v) => b.Append(v), b => b.Build(), [86_399_000_000, 1_250_000])));
        Assert.Equal(("9223372036854775807", "9223372036854775807"), Range(Timestamps(TimeUnit.Second, null, long.MaxValue, long.MaxValue)));
    }

    [Fact]
    public void Timestamps_OfAnyValues_AreAsTheFormulasSay() => Gen.Long[-4_000_000_000_000_000, 4_000_000_000_000_000].Array[1, 80].Sample(values =>
    {
        var column = Timestamps(TimeUnit.Microsecond, "UTC", values);
        AssertNumbers(values.Select(v => (double?)v), column with { Min = values.Min().ToString(CultureInfo.InvariantCulture), Max = values.Max().ToString(CultureInfo.InvariantCulture) });
        Assert.Equal(ColumnKind.Time, column.Kind);
    });

    [Fact]
    public void Booleans_HaveTheirCountsAndShare() => Gen.Bool.Nullable(0.2).Array[0, 50].Sample(values =>
    {
        var column = Of(new BooleanArray.Builder(), (b, v) => _ = v is { } x ? b.Append(x) : b.AppendNull(), b => b.Build(), values);
        Assert.Equal(values.Count(v => v is null), column.Nulls);
        Assert.Equal(values.Count(v => v is true), column.Top?.Values.FirstOrDefault(v => v.Value == "true")?.Count ?? 0);
        Assert.Equal(values.Count(v => v is false), column.Top?.Values.FirstOrDefault(v => v.Value == "false")?.Count ?? 0);
        AssertClose(values.Any(v => v is not null) ? values.OfType<bool>().Average(v => v ? 1d : 0d) : null, column.Mean, 1);
        Assert.Null(column.Histogram);
    });

    [Fact]
    public void Texts_HaveTheirMostFrequentValues() => Gen.String[Gen.Char["aäß😀"[0], 'c'], 0, 2].Null(0.1).Array[0, 300].Sample(values =>
    {
        var column = Of(new StringArray.Builder(), (b, v) => b.Append(v), b => b.Build(), values);
        var wanted = values.OfType<string>().CountBy(v => v).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(TopValues.MaxValues).Select(c => new ValueCount(c.Key, c.Value)).ToList();
        Assert.Equal(wanted, column.Top?.Values ?? []);
        Assert.Equal(new DistinctCount(values.OfType<string>().Distinct().Count(), true), column.Distinct);
        Assert.Equal(values.Count(v => v is null), column.Nulls);
    });

    [Fact]
    public void Texts_ThatAreLong_AreCountedWholeAndShownInPart()
    {
        var (one, other) = (new string('x', 63) + "😀one", new string('x', 63) + "😀other");
        var column = Of(new StringArray.Builder(), (b, v) => b.Append(v), b => b.Build(), [one, one, other]);
        Assert.Equal(new DistinctCount(2, true), column.Distinct);
        Assert.Equal([new ValueCount(new string('x', 63) + "…", 2), new ValueCount(new string('x', 63) + "…", 1)], column.Top!.Values);
    }

    [Fact]
    public void Texts_OfManyValues_FindTheFrequentOnesWithinTheirError()
    {
        // Three texts that stand often among many that stand once.
        string Value(int i) => i % 10 == 0 ? "often" : i % 25 == 1 ? "less" : i % 100 == 7 ? "seldom" : $"once-{i}";
        var values = Enumerable.Range(0, 100_000).Select(Value).ToArray();
        var column = Of(new StringArray.Builder(), (b, v) => b.Append(v), b => b.Build(), values);
        Assert.False(column.Distinct!.IsExact);
        Assert.InRange(column.Distinct.Count, values.Distinct().Count() * 0.97, values.Distinct().Count() * 1.03);
        Assert.Equal(["often", "less", "seldom"], column.Top!.Values.Take(3).Select(v => v.Value));
        Assert.All(column.Top.Values, v => Assert.InRange(values.Count(x => x == v.Value), v.Count, v.Count + column.Top.Error));
    }

    [Fact]
    public void Binaries_CountTheirDifferentValuesAndShowNone()
    {
        var column = Of(new BinaryArray.Builder(), (b, v) => _ = v is null ? b.AppendNull() : b.Append(v.AsEnumerable()), b => b.Build(), new byte[]?[] { [1], [1], [2], null, [] });
        Assert.Equal((5L, 1L, new DistinctCount(3, true), (TopValues?)null), (column.Rows, column.Nulls, column.Distinct, column.Top));
    }

    [Fact]
    public void Lists_CountRowsAndNulls()
    {
        var builder = new ListArray.Builder(Int32Type.Default);
        builder.Append();
        ((Int32Array.Builder)builder.ValueBuilder).Append(7);
        builder.AppendNull();
        var column = Count(builder.Build());
        Assert.Equal((ColumnKind.Other, 2L, 1L, (DistinctCount?)null), (column.Kind, column.Rows, column.Nulls, column.Distinct));
    }

    [Fact]
    public void Dictionaries_CountWhatTheyStandFor()
    {
        var values = new StringArray.Builder().Append("a").AppendNull().Append("b").Build();
        var places = new Int8Array.Builder().Append(2).Append(2).Append(1).AppendNull().Append(0).Build();
        var column = Count(new DictionaryArray(new DictionaryType(Int8Type.Default, StringType.Default, false), places, values));
        Assert.Equal((5L, 2L), (column.Rows, column.Nulls));
        Assert.Equal([new ValueCount("b", 2), new ValueCount("a", 1)], column.Top!.Values);
    }

    [Fact]
    public void NothingButNulls_AndNothingAtAll_HaveNoFigures()
    {
        foreach (var column in new[] { Count(new NullArray(3)), Count(new DoubleArray.Builder().AppendNull().AppendNull().Build()), Count(new DoubleArray.Builder().Build()), Count(new StringArray.Builder().Build()) })
        {
            Assert.Equal(column.Rows, column.Nulls);
            Assert.Equal((null, null, null, null, null, null), (column.Min, column.Max, column.Mean, column.Quantiles, column.Histogram, column.Top));
        }
    }

    [Fact]
    public void Statistics_DoNotDependOnBatchesNorSlices() => Gen.Select(Doubles.Nullable(0.2).Array[0, 120], Gen.Int[1, 40]).Sample((values, size) =>
    {
        var whole = Batch(values);
        var inParts = new StatisticsAccumulator(whole.Schema, "part", "x");
        for (var start = 0; start < values.Length; start += size)
        {
            inParts.Append(whole.Slice(start, Math.Min(size, values.Length - start)));
        }

        var atOnce = new StatisticsAccumulator(whole.Schema, "part", "x");
        atOnce.Append(whole);
        Assert.Equal(CanonicalJson.Write(StatisticsJson.Write(atOnce.Finish())), CanonicalJson.Write(StatisticsJson.Write(inParts.Finish())));
    });

    [Fact]
    public void Parts_CountTheirOwnRows() => Doubles.Nullable(0.2).Array[0, 120].Sample(values =>
    {
        var batch = Batch(values);
        var accumulator = StatisticsAccumulator.Of(new Schema([batch.Schema.FieldsList[0], new Field(Split.Column, StringType.Default, true)], null), [new TrainingColumn("x", "double", "label", null)]);
        accumulator.Append(batch);
        var statistics = accumulator.Finish();
        for (var part = 0; part < 3; part++)
        {
            var own = values.Where((_, i) => i % 3 == part).ToArray();
            var name = part == 0 ? null : $"p{part}";
            var found = statistics.Parts.FirstOrDefault(p => p.Name == name);
            Assert.Equal(own.Length, found?.Rows ?? 0);
            if (own.Length > 0)
            {
                Assert.Equal(Count(Batch(own).Column(0)), found!["x"]);
            }
        }

        Assert.Equal(statistics.Parts.OrderBy(p => p.Name is null).ThenBy(p => p.Name, StringComparer.Ordinal).Select(p => p.Name), statistics.Parts.Select(p => p.Name));
    });

    [Fact]
    public void Sketches_OfManyValues_StayWithinWhatTheySay()
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 100_000).Select(_ => Math.Round(Math.Exp(random.NextDouble() * 12), 3)).ToArray();
        var column = Of(new DoubleArray.Builder(), (b, v) => b.Append(v), b => b.Build(), values);
        System.Array.Sort(values);
        Assert.InRange(column.Quantiles!.RankError, 1e-9, 0.01);
        foreach (var (share, value) in column.Quantiles.Values.Select(q => (q.Share, q.Value)))
        {
            var low = System.Array.FindIndex(values, v => v >= value) / (double)values.Length;
            var high = (System.Array.FindLastIndex(values, v => v <= value) + 1) / (double)values.Length;
            Assert.True(low <= share + column.Quantiles.RankError && high >= share - column.Quantiles.RankError, $"{share}: {low}..{high}");
        }

        Assert.InRange(column.Distinct!.Count, values.Distinct().Count() * 0.97, values.Distinct().Count() * 1.03);
        AssertHistogram(values, column.Histogram!);
        var mean = values.Average();
        AssertClose(mean, column.Mean, values[^1]);
        AssertClose(Math.Sqrt(values.Average(v => Math.Pow(v - mean, 2))), column.StandardDeviation, values[^1]);
    }

    [Fact]
    public void Json_RoundTrips() => Doubles.Nullable(0.2).Array[0, 120].Sample(values =>
    {
        var accumulator = new StatisticsAccumulator(Batch(values).Schema, "part", "x");
        accumulator.Append(Batch(values));
        var statistics = accumulator.Finish();
        var text = CanonicalJson.Write(StatisticsJson.Write(statistics));
        Assert.Equal(statistics, StatisticsJson.Read(System.Text.Json.Nodes.JsonNode.Parse(text)!));
    });

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"rows":1,"columns":[{"name":"x"}]}""")]
    [InlineData("""{"rows":"many","columns":[]}""")]
    [InlineData("""{"rows":1,"columns":[{"name":"x","kind":"colour","rows":1,"nulls":0}]}""")]
    public void Json_OfSomethingElse_IsRefused(string json) => Assert.Throws<FormatException>(() => StatisticsJson.Read(System.Text.Json.Nodes.JsonNode.Parse(json)!));

    [Fact]
    public void ABatch_WithOtherColumns_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new StatisticsAccumulator(new Schema([], null)).Append(Batch([1d])));

    private static void AssertNumbers(IEnumerable<double?> given, ColumnStatistics column)
    {
        var all = given.ToList();
        var values = all.OfType<double>().Where(double.IsFinite).Order().ToList();
        Assert.Equal((all.Count, all.Count(v => v is null)), (column.Rows, column.Nulls));
        Assert.Equal(new DistinctCount(values.Distinct().Count(), true), column.Distinct);
        if (values.Count == 0)
        {
            Assert.Equal((null, null, null, null), (column.Min, column.Mean, column.Quantiles, column.Histogram));
            return;
        }

        Assert.Equal((values[0], values[^1]), (double.Parse(column.Min!, CultureInfo.InvariantCulture), double.Parse(column.Max!, CultureInfo.InvariantCulture)));
        var scale = values.Max(Math.Abs);
        var mean = values.Average();
        AssertClose(mean, column.Mean, scale);
        AssertClose(Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), column.StandardDeviation, scale);
        Assert.Equal(QuantileSummary.Shares.Select(p => new Quantile(p, values[(int)Math.Max(1, Math.Ceiling(p * values.Count)) - 1])), column.Quantiles!.Values);
        Assert.Equal(0, column.Quantiles.RankError);
        AssertHistogram(values, column.Histogram!);
        Assert.Equal(
            values.Distinct().Count() <= TopValues.MaxValues ? values.CountBy(v => v).Select(c => (long)c.Value).OrderDescending() : null,
            column.Top?.Values.Select(v => v.Count));
    }

    private static void AssertHistogram(IReadOnlyList<double> values, Histogram histogram)
    {
        Assert.InRange(histogram.Counts.Length, 1, Histogram.MaxBins);
        Assert.Equal(histogram.Counts.Length + 1, histogram.Edges.Length);
        // The last bin is closed where nothing lies above it.
        bool Holds(double v, int i) => v >= histogram.Edges[i] && (v < histogram.Edges[i + 1] || (i == histogram.Counts.Length - 1 && histogram.Above == 0 && v == histogram.Edges[i + 1]));
        Assert.Equal(Enumerable.Range(0, histogram.Counts.Length).Select(i => (long)values.Count(v => Holds(v, i))), histogram.Counts);
        Assert.Equal(values.Count(v => v < histogram.Edges[0]), histogram.Below);
        Assert.Equal(values.Count, histogram.Counts.Sum() + histogram.Below + histogram.Above);
        Assert.InRange(histogram.Below, 0, values.Count / 200);
        Assert.InRange(histogram.Above, 0, values.Count / 200);
    }

    private static void AssertClose(double? wanted, double? found, double scale)
    {
        Assert.Equal(wanted is null, found is null);
        Assert.InRange(found ?? 0, (wanted ?? 0) - scale * 1e-9, (wanted ?? 0) + scale * 1e-9);
    }

    private static (string?, string?) Range(ColumnStatistics column) => (column.Min, column.Max);

    private static string Plain(long unscaled, int scale)
    {
        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        return $"{(unscaled < 0 ? "-" : "")}{digits[..^scale]}{(scale > 0 ? "." : "")}{digits[^scale..]}";
    }

    private static ColumnStatistics Timestamps(TimeUnit unit, string? zone, params long[] values)
    {
        var longs = new Int64Array.Builder().AppendRange(values).Build();
        return Count(new TimestampArray(new TimestampType(unit, zone), longs.ValueBuffer, ArrowBuffer.Empty, longs.Length, 0, 0));
    }

    private static ColumnStatistics Of<TBuilder, T>(TBuilder builder, Action<TBuilder, T> append, Func<TBuilder, IArrowArray> build, IReadOnlyList<T> values)
    {
        foreach (var value in values)
        {
            append(builder, value);
        }

        return Count(build(builder));
    }

    private static ColumnStatistics Count(IArrowArray array)
    {
        var accumulator = new StatisticsAccumulator(new Schema([new Field("x", array.Data.DataType, true)], null));
        accumulator.Append(new RecordBatch(new Schema([new Field("x", array.Data.DataType, true)], null), [array], array.Length));
        return accumulator.Finish().Columns[0];
    }

    /// <summary>A column of values and one that names part 1, 2 or none of each row in turn.</summary>
    private static RecordBatch Batch(params double?[] values)
    {
        var (x, part) = (new DoubleArray.Builder(), new StringArray.Builder());
        for (var i = 0; i < values.Length; i++)
        {
            _ = values[i] is { } value ? x.Append(value) : x.AppendNull();
            part.Append(i % 3 == 0 ? null : $"p{i % 3}");
        }

        return new RecordBatch(new Schema([new Field("x", DoubleType.Default, true), new Field("part", StringType.Default, true)], null), [x.Build(), part.Build()], values.Length);
    }
}
