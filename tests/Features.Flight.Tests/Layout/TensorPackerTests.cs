using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;
using Features.Flight.Layout;

namespace Features.Flight.Tests.Layout;

public class TensorPackerTests
{
    private static readonly IArrowType[] Types =
    [
        BooleanType.Default, Int8Type.Default, Int16Type.Default, Int32Type.Default, Int64Type.Default, UInt8Type.Default, UInt16Type.Default, UInt32Type.Default,
        UInt64Type.Default, HalfFloatType.Default, FloatType.Default, DoubleType.Default, new Decimal128Type(20, 3), new Decimal256Type(50, 4),
    ];

    private static readonly Schema Source = new(
        [
            new Field("id", StringType.Default, false),
            .. Types.Select((type, i) => new Field($"f{i}", type, true)),
            new Field("label", Int64Type.Default, false),
        ],
        new Dictionary<string, string> { ["owner"] = "ops" });

    private static readonly string[] Features = [.. Types.Select((_, i) => $"f{i}")];

    [Fact]
    public void Pack_AnyTypesNullsSlicesAndWidths_EqualsCellByCell() =>
        Gen.Select(Gen.Int[0, 600], Gen.Int[0, 9], Gen.Int[0, 1 << Types.Length], Gen.Bool, Gen.Bool, Gen.Int)
            .Sample(
                (rows, offset, chosen, isHalf, hasMask, seed) =>
                {
                    var names = Features.Where((_, i) => (chosen >> i & 1) == 1).DefaultIfEmpty("f11").Reverse().ToList();
                    var options = new TensorOptions { Type = isHalf ? TensorType.Float16 : TensorType.Float32, Mask = hasMask, Fill = -2.5f };
                    var plan = new StorePlan(Plan(rows), options, names);
                    var batch = Rows(rows + offset, seed).Slice(offset, rows);

                    using var packed = TensorPacker.For(plan)!.Pack(batch);

                    Assert.Equal(rows, packed.Length);
                    Assert.Equal(
                        ["features", .. hasMask ? ["features_mask"] : System.Array.Empty<string>(), "id", .. Features.Except(names), "label"],
                        packed.Schema.FieldsList.Select(field => field.Name));
                    var expected = Enumerable.Range(0, rows).SelectMany(row => names.Select(name => Cell(batch.Column(name), row) is { } value ? (float)value : -2.5f)).ToArray();
                    var items = ((FixedSizeListArray)packed.Column(0)).Values.Data.Buffers[1].Span;
                    Assert.Equal(
                        isHalf ? expected.Select(value => (float)(Half)value) : expected,
                        isHalf ? MemoryMarshal.Cast<byte, Half>(items).ToArray().Select(value => (float)value) : MemoryMarshal.Cast<byte, float>(items).ToArray());
                    if (hasMask)
                    {
                        Assert.Equal(
                            Enumerable.Range(0, rows).SelectMany(row => names.Select(name => (byte)(batch.Column(name).IsValid(row) ? 1 : 0))),
                            ((FixedSizeListArray)packed.Column(1)).Values.Data.Buffers[1].Span.ToArray());
                    }

                    Assert.Equal(((Int64Array)batch.Column("label")).ToArray(), ((Int64Array)packed.Column("label")).ToArray());
                },
                iter: 60);

    [Fact]
    public void Schema_OfTheTensor_SaysItsShapeAndItsColumns()
    {
        var roles = new Dictionary<string, ColumnRole> { ["f4"] = ColumnRole.Feature, ["f1"] = ColumnRole.Feature, ["label"] = ColumnRole.Label };
        var schema = new StorePlan(Plan(1) with { Roles = roles }, new TensorOptions { Mask = true }).Schema;

        var tensor = schema.GetFieldByIndex(0);
        Assert.Equal("features", tensor.Name);
        Assert.Equal(("arrow.fixed_shape_tensor", "{\"shape\":[2]}", "[\"f1\",\"f4\"]"), (tensor.Metadata["ARROW:extension:name"], tensor.Metadata["ARROW:extension:metadata"], tensor.Metadata["features.columns"]));
        Assert.Equal((2, ArrowTypeId.Float, false), (((FixedSizeListType)tensor.DataType).ListSize, ((FixedSizeListType)tensor.DataType).ValueDataType.TypeId, tensor.IsNullable));
        Assert.Equal(("features_mask", ArrowTypeId.UInt8), (schema.GetFieldByIndex(1).Name, ((FixedSizeListType)schema.GetFieldByIndex(1).DataType).ValueDataType.TypeId));
        Assert.Equal("ops", schema.Metadata["owner"]);
        Assert.Equal(["id", .. Features.Except(["f1", "f4"]), "label"], schema.FieldsList.Skip(2).Select(field => field.Name));
    }

    [Theory]
    [InlineData("f1,f1", "'f1' twice")]
    [InlineData("f1,g", "no column 'g'")]
    [InlineData("f1,id", "'id'")]
    [InlineData("", "no features")]
    public void Plan_TensorThatCannotBe_IsRefusedByName(string names, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => new StorePlan(Plan(1), new TensorOptions(), names.Split(',', StringSplitOptions.RemoveEmptyEntries))).Message, StringComparison.Ordinal);

    [Fact]
    public void Plan_FillBeyondFloat16_IsRefused() =>
        Assert.Contains("65504", Assert.Throws<FormatException>(() => new StorePlan(Plan(1), new TensorOptions { Type = TensorType.Float16, Fill = 70000 }, ["f1"])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(TensorType.Float16, 65519.9, true)]
    [InlineData(TensorType.Float16, -65520, false)]
    [InlineData(TensorType.Float16, double.NegativeInfinity, true)]
    [InlineData(TensorType.Float16, double.NaN, true)]
    [InlineData(TensorType.Float32, 3.4028235e38, true)]
    [InlineData(TensorType.Float32, 3.5e38, false)]
    [InlineData(TensorType.Float32, double.PositiveInfinity, true)]
    public void Pack_NumberAtTheEdgeOfTheType_PassesOrNamesColumnAndRow(TensorType type, double value, bool passes)
    {
        var schema = new Schema([new Field("a", DoubleType.Default, true), new Field("b", DoubleType.Default, true)], null);
        RecordBatch Batch(double edge) => new(
            schema,
            [
                new DoubleArray.Builder().AppendRange(Enumerable.Repeat(0.5, 400)).Build(),
                new DoubleArray.Builder().AppendRange(Enumerable.Range(0, 400).Select(i => i == 397 ? edge : 1)).Build(),
            ],
            400);
        var packer = TensorPacker.For(new StorePlan(new DatasetPlan("set", "d", 400, schema), new TensorOptions { Type = type }, ["a", "b"]), firstRow: 1000)!;
        packer.Pack(Batch(1)).Dispose();

        if (passes)
        {
            using var packed = packer.Pack(Batch(value));
            var last = ((FixedSizeListArray)packed.Column(0)).Values.Data.Buffers[1].Span;
            Assert.Equal(type == TensorType.Float16 ? (float)(Half)value : (float)value, type == TensorType.Float16 ? (float)MemoryMarshal.Cast<byte, Half>(last)[795] : MemoryMarshal.Cast<byte, float>(last)[795]);
        }
        else
        {
            var error = Assert.Throws<TensorRangeException>(() => packer.Pack(Batch(value)));
            Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
            Assert.Contains("row 1797", error.Message, StringComparison.Ordinal);
            Assert.Contains("leave the feature out of 'columns'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pack_GarbageUnderANull_IsNeitherServedNorRefused()
    {
        var schema = new Schema([new Field("a", DoubleType.Default, true)], null);
        var values = new ArrowBuffer.Builder<double>().Append(1).Append(1e300).Append(3).Build();
        var column = new DoubleArray(values, new ArrowBuffer(new byte[] { 0b101 }), 3, 1, 0);
        using var packed = TensorPacker.For(new StorePlan(new DatasetPlan("set", "d", 3, schema), new TensorOptions(), ["a"]))!.Pack(new RecordBatch(schema, [column], 3));

        Assert.Equal([1, float.NaN, 3], MemoryMarshal.Cast<byte, float>(((FixedSizeListArray)packed.Column(0)).Values.Data.Buffers[1].Span).ToArray());
    }

    [Fact]
    public void Pack_Batches_GiveAllTheirMemoryBack()
    {
        var allocator = new CountingAllocator();
        var packer = TensorPacker.For(new StorePlan(Plan(100), new TensorOptions { Mask = true }, ["f3", "f10"]), allocator: allocator)!;
        using (var builder = new ColumnStoreBuilder(new StorePlan(Plan(100), new TensorOptions { Mask = true }, ["f3", "f10"]).Schema, allocator))
        {
            builder.Add(packer.Pack(Rows(60, 1)));
            builder.Add(packer.Pack(Rows(40, 2)));
            builder.Complete();
            using var store = builder.Build();
            Assert.Equal(100, store.Rows);
        }

        Assert.Equal(0, allocator.Bytes);
    }

    private static DatasetPlan Plan(long rows) => new("set", "sha256:set", rows, Source);

    // What the packer is held to: a cell at a time, by the language's own conversions.
    private static double? Cell(IArrowArray array, int row) => array switch
    {
        _ when array.IsNull(row) => null,
        BooleanArray booleans => booleans.GetValue(row)!.Value ? 1 : 0,
        Int8Array numbers => numbers.GetValue(row),
        Int16Array numbers => numbers.GetValue(row),
        Int32Array numbers => (float)numbers.GetValue(row)!.Value,
        Int64Array numbers => (float)numbers.GetValue(row)!.Value,
        UInt8Array numbers => numbers.GetValue(row),
        UInt16Array numbers => numbers.GetValue(row),
        UInt32Array numbers => (float)numbers.GetValue(row)!.Value,
        UInt64Array numbers => (float)numbers.GetValue(row)!.Value,
        HalfFloatArray numbers => (double)numbers.GetValue(row)!.Value,
        FloatArray numbers => numbers.GetValue(row),
        DoubleArray numbers => numbers.GetValue(row),
        Decimal128Array numbers => (double)(BigInteger)(numbers.GetValue(row)!.Value * 1000m) / 1000d,
        Decimal256Array numbers => (double)(BigInteger)(numbers.GetValue(row)!.Value * 10000m) / 10000d,
        _ => throw new InvalidOperationException(array.Data.DataType.Name),
    };

    private static RecordBatch Rows(int count, int seed)
    {
        var random = new Random(seed);
        return new RecordBatch(
            Source,
            [
                new StringArray.Builder().AppendRange(Enumerable.Range(0, count).Select(i => $"s{i}")).Build(),
                Build(new BooleanArray.Builder(), count, random, builder => builder.Append(random.Next(2) == 0), builder => builder.AppendNull()).Build(),
                Build(new Int8Array.Builder(), count, random, builder => builder.Append((sbyte)random.Next(-128, 128)), builder => builder.AppendNull()).Build(),
                Build(new Int16Array.Builder(), count, random, builder => builder.Append((short)random.Next(-32768, 32768)), builder => builder.AppendNull()).Build(),
                Build(new Int32Array.Builder(), count, random, builder => builder.Append(random.Next(-65000, 65000)), builder => builder.AppendNull()).Build(),
                Build(new Int64Array.Builder(), count, random, builder => builder.Append(random.NextInt64(-65000, 65000)), builder => builder.AppendNull()).Build(),
                Build(new UInt8Array.Builder(), count, random, builder => builder.Append((byte)random.Next(256)), builder => builder.AppendNull()).Build(),
                Build(new UInt16Array.Builder(), count, random, builder => builder.Append((ushort)random.Next(65000)), builder => builder.AppendNull()).Build(),
                Build(new UInt32Array.Builder(), count, random, builder => builder.Append((uint)random.Next(65000)), builder => builder.AppendNull()).Build(),
                Build(new UInt64Array.Builder(), count, random, builder => builder.Append((ulong)random.Next(65000)), builder => builder.AppendNull()).Build(),
                Build(new HalfFloatArray.Builder(), count, random, builder => builder.Append((Half)(random.NextDouble() * 1000)), builder => builder.AppendNull()).Build(),
                Build(new FloatArray.Builder(), count, random, builder => builder.Append((float)random.NextDouble() * 60000), builder => builder.AppendNull()).Build(),
                Build(new DoubleArray.Builder(), count, random, builder => builder.Append((random.NextDouble() - 0.5) * 100000), builder => builder.AppendNull()).Build(),
                Build(new Decimal128Array.Builder(new Decimal128Type(20, 3)), count, random, builder => builder.Append(random.Next(-9999999, 9999999) / 1000m), builder => builder.AppendNull()).Build(),
                Build(new Decimal256Array.Builder(new Decimal256Type(50, 4)), count, random, builder => builder.Append(random.Next(-99999999, 99999999) / 10000m), builder => builder.AppendNull()).Build(),
                new Int64Array.Builder().AppendRange(Enumerable.Range(0, count).Select(i => (long)i)).Build(),
            ],
            count);
    }

    private static T Build<T>(T builder, int count, Random random, Action<T> append, Action<T> appendNull)
    {
        for (var i = 0; i < count; i++)
        {
            (random.Next(5) == 0 ? appendNull : append)(builder);
        }

        return builder;
    }
}
