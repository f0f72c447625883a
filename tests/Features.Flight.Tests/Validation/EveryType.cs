using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Tests.Validation;

/// <summary>Random rows of every type that is taken, some of them null.</summary>
internal static class EveryType
{
    public static RecordBatch Rows(int seed, int count)
    {
        var random = new Random(seed);
        // One for all seeds: the writer sends a dictionary once.
        var code = Texts<StringArray.Builder, StringArray>(new StringArray.Builder(), new Random(0), 5, isNullable: false);
        var fields = new List<Field>();
        var arrays = new List<IArrowArray>();
        void Add(string name, IArrowArray array, bool nullable = true)
        {
            fields.Add(new Field(name, array.Data.DataType, nullable));
            arrays.Add(array);
        }

        Add("bool", Fixed(BooleanType.Default, 1, count, random));
        foreach (var type in new FixedWidthType[]
        {
            Int8Type.Default, UInt8Type.Default, Int16Type.Default, UInt16Type.Default, Int32Type.Default, UInt32Type.Default, Int64Type.Default, UInt64Type.Default,
            HalfFloatType.Default, FloatType.Default, DoubleType.Default, Date32Type.Default, new TimestampType(TimeUnit.Nanosecond, "UTC"), new TimestampType(TimeUnit.Microsecond, (string?)null),
            DurationType.Microsecond, IntervalType.YearMonth, IntervalType.DayTime, IntervalType.MonthDayNanosecond, new FixedSizeBinaryType(3),
        })
        {
            Add($"{type.Name}{fields.Count}", Fixed(type, type.BitWidth, count, random));
        }

        Add("date64", Whole(Date64Type.Default, count, random, () => random.Next(-10_000, 10_000) * 86_400_000L));
        Add("time64", Whole(new Time64Type(TimeUnit.Microsecond), count, random, () => random.NextInt64(86_400_000_000)));
        Add("seconds", Whole(new TimestampType(TimeUnit.Second, (string?)null), count, random, () => random.NextInt64(-10_000_000_000, 10_000_000_000)));
        Add("decimal64", Whole(new Decimal64Type(10, 2), count, random, () => random.NextInt64(-9_999_999_999, 10_000_000_000)));
        Add("time32", Narrow(new Time32Type(TimeUnit.Millisecond), count, random, () => random.Next(86_400_000)));
        Add("decimal32", Narrow(new Decimal32Type(5, 2), count, random, () => random.Next(-99_999, 100_000)));
        Add("decimal128", Wide(new Decimal128Type(20, 3), 2, count, random));
        Add("decimal256", Wide(new Decimal256Type(40, 3), 4, count, random));
        Add("string", Texts<StringArray.Builder, StringArray>(new StringArray.Builder(), random, count));
        Add("large_string", Large(new StringArray.Builder(), LargeStringType.Default, random, count));
        Add("large_binary", Large(new StringArray.Builder(), LargeBinaryType.Default, random, count));
        Add("binary", Bytes(random, count));
        Add("null", new NullArray(count));
        Add("list", List(random, count, large: false));
        Add("large_list", List(random, count, large: true));
        Add("map", Map(random, count));
        Add("vector", Vector(random, count));
        Add("place", Struct(random, count));
        Add("code", Dictionary(code, random, count));
        return new RecordBatch(new Schema(fields, new Dictionary<string, string> { ["owner"] = "öps" }), arrays, count);
    }

    private static (ArrowBuffer Bits, int Nulls) Validity(int count, Random random)
    {
        var bits = new ArrowBuffer.BitmapBuilder();
        for (var i = 0; i < count; i++)
        {
            bits.Append(random.Next(4) > 0);
        }

        return (bits.UnsetBitCount > 0 ? bits.Build() : ArrowBuffer.Empty, bits.UnsetBitCount);
    }

    private static IArrowArray Of(IArrowType type, int count, Random random, byte[] values)
    {
        var (bits, nulls) = Validity(count, random);
        return ArrowArrayFactory.BuildArray(new ArrayData(type, count, nulls, 0, [bits, new ArrowBuffer(values)]));
    }

    private static IArrowArray Fixed(IArrowType type, int bitWidth, int count, Random random)
    {
        var values = new byte[((count * bitWidth) + 7) / 8];
        random.NextBytes(values);
        return Of(type, count, random, values);
    }

    private static IArrowArray Whole(IArrowType type, int count, Random random, Func<long> next) =>
        Of(type, count, random, [.. Enumerable.Range(0, count).SelectMany(_ => BitConverter.GetBytes(next()))]);

    private static IArrowArray Narrow(IArrowType type, int count, Random random, Func<int> next) =>
        Of(type, count, random, [.. Enumerable.Range(0, count).SelectMany(_ => BitConverter.GetBytes(next()))]);

    private static IArrowArray Wide(IArrowType type, int words, int count, Random random) => Of(
        type, count, random, [.. Enumerable.Range(0, count).SelectMany(_ =>
        {
            var low = random.NextInt64(long.MinValue, long.MaxValue);
            return Enumerable.Range(0, words).SelectMany(word => BitConverter.GetBytes(word == 0 ? low : low >> 63));
        })]);

    private static TArray Texts<TBuilder, TArray>(StringArray.Builder builder, Random random, int count, bool isNullable = true)
        where TArray : class
    {
        for (var i = 0; i < count; i++)
        {
            _ = isNullable && random.Next(4) == 0 ? builder.AppendNull() : builder.Append(random.Next(3) == 0 ? "" : $"grüße {random.Next(1000)}");
        }

        return (builder.Build() as TArray)!;
    }

    private static IArrowArray Large(StringArray.Builder builder, IArrowType type, Random random, int count)
    {
        var plain = Texts<StringArray.Builder, StringArray>(builder, random, count).Data;
        byte[] offsets = [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(plain.Buffers[1].Span)[..(count + 1)].ToArray().SelectMany(offset => BitConverter.GetBytes((long)offset))];
        return ArrowArrayFactory.BuildArray(new ArrayData(type, count, plain.GetNullCount(), 0, [plain.Buffers[0], new ArrowBuffer(offsets), plain.Buffers[2]]));
    }

    private static BinaryArray Bytes(Random random, int count)
    {
        var builder = new BinaryArray.Builder();
        for (var i = 0; i < count; i++)
        {
            var bytes = new byte[random.Next(5)];
            random.NextBytes(bytes);
            _ = random.Next(4) == 0 ? builder.AppendNull() : builder.Append(bytes.AsSpan());
        }

        return builder.Build();
    }

    private static int[] Lengths(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(4))];

    private static byte[] Offsets(int[] lengths, bool large)
    {
        var (end, bytes) = (0, new List<byte>(large ? BitConverter.GetBytes(0L) : BitConverter.GetBytes(0)));
        foreach (var length in lengths)
        {
            end += length;
            bytes.AddRange(large ? BitConverter.GetBytes((long)end) : BitConverter.GetBytes(end));
        }

        return [.. bytes];
    }

    private static IArrowArray List(Random random, int count, bool large)
    {
        var lengths = Lengths(random, count);
        var items = Texts<StringArray.Builder, StringArray>(new StringArray.Builder(), random, lengths.Sum());
        var (bits, nulls) = Validity(count, random);
        var item = new Field("item", StringType.Default, true);
        return ArrowArrayFactory.BuildArray(new ArrayData(large ? new LargeListType(item) : new ListType(item), count, nulls, 0, [bits, new ArrowBuffer(Offsets(lengths, large))], [items.Data]));
    }

    private static IArrowArray Map(Random random, int count)
    {
        var lengths = Lengths(random, count);
        var items = lengths.Sum();
        var key = Texts<StringArray.Builder, StringArray>(new StringArray.Builder(), random, items, isNullable: false);
        var type = new MapType(new Field("key", StringType.Default, false), new Field("value", DoubleType.Default, true), false);
        var entries = new ArrayData(new StructType([new Field("key", StringType.Default, false), new Field("value", DoubleType.Default, true)]), items, 0, 0, [ArrowBuffer.Empty], [key.Data, Fixed(DoubleType.Default, 64, items, random).Data]);
        var (bits, nulls) = Validity(count, random);
        return ArrowArrayFactory.BuildArray(new ArrayData(type, count, nulls, 0, [bits, new ArrowBuffer(Offsets(lengths, large: false))], [entries]));
    }

    private static IArrowArray Vector(Random random, int count)
    {
        var (bits, nulls) = Validity(count, random);
        return ArrowArrayFactory.BuildArray(new ArrayData(
            new FixedSizeListType(new Field("item", FloatType.Default, true), 3), count, nulls, 0, [bits], [Fixed(FloatType.Default, 32, count * 3, random).Data]));
    }

    private static StructArray Struct(Random random, int count)
    {
        var (bits, nulls) = Validity(count, random);
        var floor = Fixed(Int32Type.Default, 32, count, random);
        var name = Texts<StringArray.Builder, StringArray>(new StringArray.Builder(), random, count);
        return new StructArray(new StructType([new Field("name", StringType.Default, true), new Field("floor", Int32Type.Default, true)]), count, [name, floor], bits, nulls);
    }

    private static DictionaryArray Dictionary(StringArray values, Random random, int count)
    {
        var indices = new Int8Array.Builder();
        for (var i = 0; i < count; i++)
        {
            _ = random.Next(4) == 0 ? indices.AppendNull() : indices.Append((sbyte)random.Next(values.Length));
        }

        return new DictionaryArray(new DictionaryType(Int8Type.Default, values.Data.DataType, false), indices.Build(), values);
    }
}
