using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Transformations;
using static Features.Core.Definitions.TransformationKind;

namespace Features.Core.Tests.Transformations;

public class TransformationTests
{
    private static readonly Schema Columns = new(
        [
            new Field("flag", BooleanType.Default, true), new Field("small", Int32Type.Default, true), new Field("large", Int64Type.Default, true), new Field("single", FloatType.Default, true),
            new Field("number", DoubleType.Default, true), new Field("day", Date32Type.Default, true), new Field("at", new TimestampType(TimeUnit.Microsecond, (string?)null), true),
            new Field("text", StringType.Default, true),
        ],
        null);

    private static readonly Gen<Row> Rows = Gen.Select(
        Gen.Bool.Nullable(0.2), Gen.OneOf(Gen.Int, Gen.Int[-3, 3]).Nullable(0.2), Gen.OneOf(Gen.Long, Gen.Long[-3, 3]).Nullable(0.2),
        Gen.OneOf(Gen.Float, Gen.OneOf(0f, -0f, 1.5f, float.NaN, float.PositiveInfinity)).Nullable(0.2), Gen.OneOf(Gen.Double, Gen.OneOf(0, -0.0, 2.5, double.NaN, double.NegativeInfinity)).Nullable(0.2),
        Gen.Int[-40_000, 40_000].Nullable(0.2), Gen.Long[-4_000_000_000_000_000, 4_000_000_000_000_000].Nullable(0.2), Gen.OneOf("", "a", "A", "é", "\ud83d\ude00", "\uffee", "long enough to be told apart", null!),
        (a, b, c, d, e, f, g, h) => new Row(a, b, c, d, e, f, g, h));

    private static readonly Transformation[] All =
    [
        .. Columns.FieldsList.SelectMany(f => new[]
        {
            new Transformation(f.Name, Vocabulary) { Size = 3 }, new Transformation(f.Name, OneHot) { Size = 3 }, new Transformation(f.Name, TransformationKind.Hash) { Size = 7 },
            new Transformation(f.Name, Impute) { By = Imputation.MostFrequent },
        }),
        .. new[] { "small", "large", "single", "number" }.SelectMany(c => new[]
        {
            new Transformation(c, Standardize), new Transformation(c, MinMax), new Transformation(c, Quantile) { Size = 4 },
            new Transformation(c, Impute) { As = $"{c}_mean" }, new Transformation(c, Impute) { By = Imputation.Median, As = $"{c}_median" }, new Transformation($"{c}_mean", Standardize), new Transformation($"{c}_median", Quantile),
        }),
        new Transformation("text", Impute) { By = Imputation.Constant, Value = "none", As = "text_none" },
        new Transformation("text_none", Vocabulary),
        new Transformation("day", Impute) { By = Imputation.Constant, Value = "2024-02-29", As = "day_leap" },
    ];

    private sealed record Row(bool? Flag, int? Small, long? Large, float? Single, double? Number, int? Day, long? At, string? Text);

    [Fact]
    public void Columns_AndOneRowAtATime_GiveTheSame() => Gen.Select(Rows.Array[0, 25], Rows.Array[1, 10]).Sample(
        (train, unseen) =>
        {
            var transformer = new Transformer(Fit(All, train));
            var stored = new Transformer([.. transformer.Fitted.Select(f => TransformationJson.Read(JsonNode.Parse(TransformationJson.Write(f).ToJsonString())!.AsObject()))]);
            var all = train.Concat(unseen).ToArray();
            var offline = transformer.Apply(Batch(all));
            for (var row = 0; row < all.Length; row++)
            {
                var online = Online(all[row]);
                stored.Apply(online);
                foreach (var (field, c) in offline.Schema.FieldsList.Select((f, c) => (f, c)).Skip(Columns.FieldsList.Count))
                {
                    Assert.True(Same(Cell(offline.Column(c), row), online[field.Name]), $"{field.Name}: {Cell(offline.Column(c), row)} offline, {online[field.Name]} online");
                }
            }
        },
        iter: 200);

    [Fact]
    public void WhatIsLearned_DoesNotDependOnOrderOrBatches() => Gen.Select(Rows.Array[0, 40], Gen.Int, Gen.Int[1, 9]).Sample(
        (rows, seed, size) =>
        {
            var shuffled = rows.ToArray();
            new Random(seed).Shuffle(shuffled);
            Assert.Equal(Json(Fit(All, rows)), Json(Fit(All, shuffled, size)));
        },
        iter: 100);

    [Fact]
    public void WhatIsLearned_ComesFromTheTrainPartAlone() => Gen.Select(Rows.Array[0, 20], Rows.Array[0, 20]).Sample(
        (train, test) =>
        {
            var fit = new TransformationFit(All, Columns);
            while (!fit.IsDone)
            {
                fit.Add(Batch([.. test, .. train]), [.. test.Select(_ => false), .. train.Select(_ => true)]);
                fit.EndPass();
            }

            Assert.Equal(Json(Fit(All, train)), Json(fit.Fitted));
        },
        iter: 100);

    [Fact]
    public void Standardize_OfNumbers_IsTheFormula()
    {
        var fitted = Fit([new Transformation("number", Standardize)], [.. new double?[] { 2, 4, 4, 4, 5, 5, 7, 9, null }.Select(Number)])[0];
        Assert.Equal((5.0, 2.0), (((FittedStandardize)fitted).Mean, ((FittedStandardize)fitted).StandardDeviation));
        Assert.Equal([2.5, -0.5, null, double.NaN, double.PositiveInfinity], new object?[] { 10.0, 4, null, double.NaN, double.PositiveInfinity }.Select(v => fitted.Apply(v)[0]));
        Assert.Equal("number__standardize", fitted.Outputs[0].Name);
    }

    [Fact]
    public void MinMax_OfNumbers_StaysWithinZeroAndOne()
    {
        var fitted = Fit([new Transformation("number", MinMax)], [Number(-1), Number(3), Number(double.PositiveInfinity)])[0];
        Assert.Equal([0.5, 0.0, 1.0, 1.0, double.NaN, null], new object?[] { 1.0, -7.0, 3.0, double.PositiveInfinity, double.NaN, null }.Select(v => fitted.Apply(v)[0]));
        var widest = Fit([new Transformation("number", MinMax)], [Number(double.MinValue), Number(double.MaxValue)])[0];
        Assert.Equal(0.5, widest.Apply(0.0)[0]);
    }

    [Fact]
    public void Quantile_OfNumbers_IsTheBinBetweenEdges()
    {
        var fitted = (FittedQuantile)Fit([new Transformation("small", Quantile) { Size = 4 }], [.. Enumerable.Range(1, 9).Select(i => new Row(null, i, null, null, null, null, null, null))])[0];
        Assert.Equal([3, 5, 7], fitted.Edges);
        Assert.Equal([0, 0, 1, 1, 2, 3, 3, null], new object?[] { -100, 2, 3, 4, 5, 7, 100, null }.Select(v => fitted.Apply(v)[0]));
    }

    [Fact]
    public void ConstantColumn_GivesZero()
    {
        Transformation[] three = [new("number", Standardize), new("number", MinMax), new("number", Quantile)];
        var fitted = Fit(three, [.. Enumerable.Repeat(Number(0.1), 7)]);
        Assert.Equal([0.0, 0.0, 1], fitted.Select(f => f.Apply(0.1)[0]));
        Assert.Equal([0.0, 0.0, 1], fitted.Select(f => f.Apply(5.0)[0]));
        Assert.Single(((FittedQuantile)fitted[2]).Edges);
    }

    [Fact]
    public void Vocabulary_IsByFrequencyThenValue_AndZeroForWhatIsNotInIt()
    {
        var fitted = Fit([new Transformation("text", Vocabulary) { Size = 3 }], [.. "b a c a b d e e".Split(' ').Select(Text)])[0];
        Assert.Equal(["a", "b", "e"], ((FittedVocabulary)fitted).Values);
        Assert.Equal([1, 2, 3, 0, 0, 0], new object?[] { "a", "b", "e", "c", "new", null }.Select(v => fitted.Apply(v)[0]));
    }

    [Fact]
    public void OneHot_IsAColumnAValue_WithNamesThatDifferByMoreThanCase()
    {
        var fitted = Fit([new Transformation("text", OneHot) { As = "t" }], [.. "a a a A A b".Split(' ').Select(Text)])[0];
        Assert.Equal(["t__a", "t__A__2", "t__b"], fitted.Outputs.Select(o => o.Name));
        Assert.Equal([0, 1, 0], fitted.Apply("A"));
        Assert.Equal([0, 0, 0], fitted.Apply(null));
        Assert.Equal([0, 0, 0], fitted.Apply("c"));
    }

    [Fact]
    public void Hash_IsOfTheCellInTheDigestsEncoding()
    {
        var fitted = Fit([new Transformation("text", TransformationKind.Hash) { Size = 1000 }], [])[0];
        byte[] cell = [1, 2, 0, 0, 0, .. "ab"u8];
        Assert.Equal((int)(System.IO.Hashing.XxHash64.HashToUInt64(cell) % 1000), fitted.Apply("ab")[0]);
        Assert.Null(fitted.Apply(null)[0]);
        var doubles = Fit([new Transformation("number", TransformationKind.Hash)], [])[0];
        Assert.Equal(doubles.Apply(0.0), doubles.Apply(-0.0));
    }

    [Theory]
    [InlineData(null, 3)]
    [InlineData(Imputation.Mean, 3)]
    [InlineData(Imputation.Median, 2)]
    [InlineData(Imputation.MostFrequent, 1)]
    public void Impute_OfWholeNumbers_IsWhole(Imputation? by, int expected)
    {
        var fitted = Fit([new Transformation("small", Impute) { By = by }], [.. new int?[] { 1, 1, 2, 2, 10, null }.Select(i => new Row(null, i, null, null, null, null, null, null))])[0];
        Assert.Equal(expected, fitted.Apply(null)[0]);
        Assert.Equal(7, fitted.Apply(7)[0]);
    }

    [Fact]
    public void Chain_LearnsFromWhatTheOneBeforeMade()
    {
        var fitted = Fit([new Transformation("number", Impute) { By = Imputation.Constant, Value = "6", As = "whole" }, new Transformation("whole", Standardize)], [Number(0), Number(null)]);
        Assert.Equal((3.0, 3.0), (((FittedStandardize)fitted[1]).Mean, ((FittedStandardize)fitted[1]).StandardDeviation));
        var row = new Dictionary<string, object?>();
        new Transformer(fitted).Apply(row);
        Assert.Equal(1.0, row["whole__standardize"]);
        Assert.Equal(["number"], new Transformer(fitted).Inputs);
    }

    [Fact]
    public void EmptyTrainPart_LearnsNothingAndSaysSo()
    {
        var fitted = Fit(All, []);
        foreach (var one in fitted.Where(f => f is not (FittedHash or FittedImpute { By: Imputation.Constant }) && f.Input is DoubleType))
        {
            Assert.Equal(0, one.Count);
            Assert.All(one.Apply(1.5), v => Assert.Equal(one is FittedVocabulary ? 0 : one is FittedImpute ? 1.5 : (object?)null, v));
            Assert.All(one.Apply(null), v => Assert.Equal(one is FittedVocabulary ? 0 : null, v));
        }
    }

    [Theory]
    [InlineData("text", Standardize, null, null, "cannot be transformed by standardize")]
    [InlineData("flag", Impute, Imputation.Mean, null, "(Mean)")]
    [InlineData("small", Impute, Imputation.Constant, "x", "'x'")]
    [InlineData("smal", Standardize, null, null, "'small'")]
    public void Transformation_ThatDoesNotFit_IsRefusedByName(string column, TransformationKind kind, Imputation? by, string? value, string part)
    {
        var refusal = Assert.Throws<TransformationException>(() => Fit([new Transformation(column, kind) { By = by, Value = value }], [Number(1)]));
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"'{column}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_ThatStands_IsRefusedByName()
    {
        var refusal = Assert.Throws<TransformationException>(() => Fit([new Transformation("small", Standardize) { As = "large" }], []));
        Assert.Contains("'large'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValueOfAnotherType_IsRefusedByName()
    {
        var fitted = Fit([new Transformation("small", Standardize)], [Number(1)])[0];
        Assert.Contains("'small'", Assert.Throws<TransformationException>(() => fitted.Apply("many")).Message, StringComparison.Ordinal);
        Assert.Throws<TransformationException>(() => fitted.Apply(1.5));
        Assert.Throws<TransformationException>(() => fitted.Apply(long.MaxValue));
    }

    private static Row Number(double? value) => new(null, null, null, null, value, null, null, null);

    private static Row Text(string value) => new(null, null, null, null, null, null, null, value);

    private static IReadOnlyList<FittedTransformation> Fit(IReadOnlyList<Transformation> transformations, IReadOnlyList<Row> rows, int size = 1000)
    {
        var fit = new TransformationFit(transformations, Columns);
        while (!fit.IsDone)
        {
            foreach (var chunk in rows.Chunk(size))
            {
                fit.Add(Batch(chunk), []);
            }

            fit.EndPass();
        }

        return fit.Fitted;
    }

    private static string Json(IReadOnlyList<FittedTransformation> fitted) => string.Join('\n', fitted.Select(f => TransformationJson.Write(f).ToJsonString()));

    private static Dictionary<string, object?> Online(Row row) => new()
    {
        ["flag"] = row.Flag,
        ["small"] = row.Small,
        ["large"] = row.Large,
        ["single"] = row.Single,
        ["number"] = row.Number,
        ["day"] = row.Day is { } day ? new DateOnly(1970, 1, 1).AddDays(day) : null,
        ["at"] = row.At is { } at ? DateTime.UnixEpoch.AddMicroseconds(at) : null,
        ["text"] = row.Text,
    };

    private static RecordBatch Batch(IReadOnlyList<Row> rows) => new(
        Columns,
        [
            rows.Aggregate(new BooleanArray.Builder(), (b, r) => r.Flag is { } v ? b.Append(v) : b.AppendNull()).Build(),
            rows.Aggregate(new Int32Array.Builder(), (b, r) => b.Append(r.Small)).Build(),
            rows.Aggregate(new Int64Array.Builder(), (b, r) => b.Append(r.Large)).Build(),
            rows.Aggregate(new FloatArray.Builder(), (b, r) => b.Append(r.Single)).Build(),
            rows.Aggregate(new DoubleArray.Builder(), (b, r) => b.Append(r.Number)).Build(),
            rows.Aggregate(new Date32Array.Builder(), (b, r) => r.Day is { } v ? b.Append(new DateOnly(1970, 1, 1).AddDays(v)) : b.AppendNull()).Build(),
            rows.Aggregate(new TimestampArray.Builder(TimeUnit.Microsecond), (b, r) => r.At is { } v ? b.Append(DateTimeOffset.UnixEpoch.AddMicroseconds(v)) : b.AppendNull()).Build(),
            rows.Aggregate(new StringArray.Builder(), (b, r) => r.Text is { } v ? b.Append(v) : b.AppendNull()).Build(),
        ],
        rows.Count);

    private static object? Cell(IArrowArray array, int row) => array.IsNull(row) ? null : array switch
    {
        BooleanArray a => a.GetValue(row),
        Int32Array a => a.Values[row],
        Int64Array a => a.Values[row],
        FloatArray a => a.Values[row],
        DoubleArray a => a.Values[row],
        Date32Array a => new DateOnly(1970, 1, 1).AddDays(a.Values[row]),
        TimestampArray a => DateTime.UnixEpoch.AddMicroseconds(a.Values[row]),
        _ => ((StringArray)array).GetString(row),
    };

    // Bit for bit, but for the one NaN and the one zero.
    private static bool Same(object? offline, object? online) => (offline, online) switch
    {
        (double a, double b) => a.Equals(b),
        (float a, float b) => a.Equals(b),
        _ => Equals(offline, online),
    };
}
