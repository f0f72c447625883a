using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Online;

namespace Features.Core.Tests.Online;

public class StoredValueTests
{
    private static readonly Gen<(IArrowType Type, FeatureValue[] Values)> Columns = Gen.OneOf(
        Of(BooleanType.Default, Gen.Bool.Select(FeatureValue.Of)),
        Of(Int32Type.Default, Gen.Int.Select(i => FeatureValue.Of((long)i))),
        Of(Int64Type.Default, Gen.Long.Select(FeatureValue.Of)),
        Of(FloatType.Default, Gen.Float.Select(f => FeatureValue.Of((double)(f + 0f)))),
        Of(DoubleType.Default, Gen.Double.Select(d => FeatureValue.Of(d + 0.0))),
        Of(StringType.Default, Gen.String.Select(s => FeatureValue.Of(new string([.. s.Where(c => !char.IsSurrogate(c))])))),
        Of(BinaryType.Default, Gen.Byte.Array.Select(FeatureValue.Of)),
        Of(Date32Type.Default, Gen.Int[-1_000_000, 1_000_000].Select(FeatureValue.OfDate)),
        Of(new TimestampType(TimeUnit.Microsecond, "UTC"), Gen.Long.Select(FeatureValue.OfTimestamp)),
        Of(new Decimal128Type(38, 4), Gen.Select(Gen.Long, Gen.Long, (a, b) => FeatureValue.OfDecimal((Int128)a * b, 4))),
        Of(new FixedSizeBinaryType(3), Gen.Byte.Array[3].Select(FeatureValue.Of)),
        Of(new ListType(Int64Type.Default), Gen.Long.Select(FeatureValue.Of).Nulls().Array[0, 4].Select(v => FeatureValue.OfList(v))),
        Of(new ListType(StringType.Default), Gen.Char.AlphaNumeric.Array[0, 3].Select(c => FeatureValue.Of(new string(c))).Array[0, 4].Select(v => FeatureValue.OfList(v))));

    [Fact]
    public void Values_OfEveryType_ComeBackFromTheirBytes() => Columns.Sample(column =>
    {
        using var array = (Apache.Arrow.Array)FeatureArrays.Build(column.Type, column.Values);
        Assert.Equal(column.Values, FeatureArrays.Read(array));
        if (column.Values.Length > 1)
        {
            // A slice begins anywhere in its buffers.
            using var slice = array.Slice(1, array.Length - 1);
            Assert.Equal(column.Values[1..], FeatureArrays.Read(slice));
        }
    });

    [Fact]
    public void Types_AsText_ComeBack() => Columns.Sample(column =>
        Assert.Equal(StoredType.Of(column.Type)!.Text, StoredType.Parse(StoredType.Of(column.Type)!.Text).Text));

    [Fact]
    public void ExactSums_OfParts_AreTheSumOfAll() =>
        Gen.Select(Gen.OneOf(Gen.Double, Gen.OneOf(1e16, -1e16, 1.0, double.Epsilon, double.MaxValue, double.NaN, double.PositiveInfinity)).Array[0, 20], Gen.Int[0, 20]).Sample((values, cut) =>
        {
            var (all, sum, part) = (new ExactSum(isFloat: true), new ExactSum(isFloat: true), new ExactSum(isFloat: true));
            foreach (var value in values)
            {
                all.Add(value);
            }

            foreach (var some in new[] { values.Take(cut), values.Skip(cut) })
            {
                part.Reset();
                foreach (var value in some)
                {
                    part.Add(value);
                }

                var writer = new ByteWriter();
                part.Write(writer);
                var cursor = new ByteCursor(writer.ToArray());
                sum.AddWritten(ref cursor);
                Assert.True(cursor.IsAtEnd);
            }

            Assert.Equal(PointInTime.NestedLoop.ExactSum(values), all.ToDouble());
            Assert.Equal(all.ToDouble(), sum.ToDouble());
        });

    [Fact]
    public void ExactSums_OfIntegers_KnowWhetherTheyFit() => Gen.Select(Gen.Long.Array[0, 9], Gen.Int[0, 9]).Sample((values, cut) =>
    {
        var (sum, part) = (new ExactSum(isFloat: false), new ExactSum(isFloat: false));
        foreach (var some in new[] { values.Take(cut), values.Skip(cut) })
        {
            part.Reset();
            foreach (var value in some)
            {
                part.Add((Int128)value);
            }

            var writer = new ByteWriter();
            part.Write(writer);
            var cursor = new ByteCursor(writer.ToArray());
            sum.AddWritten(ref cursor);
        }

        var expected = values.Aggregate(Int128.Zero, (a, b) => a + b);
        Assert.Equal(expected >= long.MinValue && expected <= long.MaxValue ? (long)expected : null, sum.ToInt64());
    });

    [Fact]
    public void Keys_OfSeveralColumns_AreTheirValuesAndNoOthers() =>
        Gen.Select(Gen.OneOf("", "1", "12", "2", "23", "a\0b"), Gen.OneOf("", "3", "23", "\u0001"), Gen.Long).Array[2].Sample(keys =>
        {
            var entity = new Entity("e", new EntityKey("a", "string"), new EntityKey("b", "string"), new EntityKey("c", "long"));
            var encoded = keys.Select(key =>
            {
                var writer = new ByteWriter();
                OnlineKeys.TryWrite(writer, "string", FeatureValue.Of(key.Item1), "a", 0);
                OnlineKeys.TryWrite(writer, "string", FeatureValue.Of(key.Item2), "b", 0);
                OnlineKeys.TryWrite(writer, "long", FeatureValue.Of(key.Item3), "c", 0);
                return writer.ToArray();
            }).ToList();
            Assert.Equal(keys[0].Equals(keys[1]), encoded[0].AsSpan().SequenceEqual(encoded[1]));
            Assert.Equal([keys[0].Item1, keys[0].Item2, keys[0].Item3.ToString(null as IFormatProvider)], OnlineKeys.Values(entity, encoded[0]).Select(v => v.ToString()));
        });

    private static Gen<(IArrowType, FeatureValue[])> Of(IArrowType type, Gen<FeatureValue> value) => value.Nulls().Array[0, 8].Select(values => (type, values));
}

internal static class FeatureValueGen
{
    public static Gen<FeatureValue> Nulls(this Gen<FeatureValue> value) => Gen.Select(value, Gen.Int[0, 4], (v, i) => i == 0 ? FeatureValue.Null : v);
}
