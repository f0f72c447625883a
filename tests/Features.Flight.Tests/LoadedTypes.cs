using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Tests.Validation;

namespace Features.Flight.Tests;

/// <summary>Rows of every type that a data set can have, those that are served decoded among them.</summary>
internal static class LoadedTypes
{
    private static readonly IArrowType[] IndexTypes =
        [Int8Type.Default, UInt8Type.Default, Int16Type.Default, UInt16Type.Default, Int32Type.Default, UInt32Type.Default, Int64Type.Default, UInt64Type.Default];

    public static RecordBatch Rows(int count)
    {
        var random = new Random(11);
        var every = EveryType.Rows(1, count);
        var columns = every.Schema.FieldsList.Select((field, i) => (Name: field.Name, Array: every.Column(i))).Where(column => column.Name != "null").ToList();
        IArrowArray Existing(string name) => columns.Single(column => column.Name == name).Array;

        var texts = Enumerable.Range(0, count).Select(i => random.Next(4) switch { 0 => null, 1 => "", 2 => "short", _ => $"longer than twelve bytes: grüße {i}" }).ToList();
        columns.Add(("string_view", Each(new StringViewArray.Builder(), texts, (builder, text) => builder.Append(text), builder => builder.AppendNull()).Build()));
        columns.Add(("binary_view", Each(new BinaryViewArray.Builder(), texts, (builder, text) => builder.Append(System.Text.Encoding.UTF8.GetBytes(text).AsSpan()), builder => builder.AppendNull()).Build()));

        // A value of a dictionary may be null too.
        var names = new StringArray.Builder().Append("a").AppendNull().Append("").Append("grüße").Build();
        columns.AddRange(IndexTypes.Select(type => ($"code_{type.Name}", Coded(type, names.Data, count, random))));
        columns.Add(("code_of_numbers", Coded(Int32Type.Default, new Int64Array.Builder().Append(7).AppendNull().Append(long.MinValue).Build().Data, count, random)));
        columns.Add(("code_of_binary", Coded(Int32Type.Default, new BinaryArray.Builder().Append([1, 2]).Append([]).AppendNull().Build().Data, count, random)));
        columns.Add(("code_of_large", Coded(Int8Type.Default, Existing("large_string").Data, Math.Min(count, 100), count, random)));
        columns.Add(("code_of_views", Coded(Int8Type.Default, Existing("string_view").Data, Math.Min(count, 100), count, random)));

        columns.Add(("list_of_codes", Lists(Coded(Int8Type.Default, names.Data, 2 * count, random).Data, count)));
        columns.Add(("large_list_of_large", LargeLists(Existing("large_string").Data, count)));
        columns.Add(("pair_of_codes", Pairs(Coded(Int16Type.Default, names.Data, 2 * count, random).Data, count)));
        var (view, code) = (Existing("string_view"), Existing("code_int8"));
        columns.Add(("place_of_codes", new StructArray(new StructType([new Field("view", view.Data.DataType, true), new Field("code", code.Data.DataType, true)]), count, [view, code], ArrowBuffer.Empty)));
        return new RecordBatch(
            new Schema(columns.Select(column => new Field(column.Name, column.Array.Data.DataType, true)), new Dictionary<string, string> { ["owner"] = "ops" }), columns.Select(column => column.Array), count);
    }

    private static T Each<T>(T builder, IEnumerable<string?> texts, Action<T, string> append, Action<T> appendNull)
    {
        foreach (var text in texts)
        {
            if (text is null)
            {
                appendNull(builder);
            }
            else
            {
                append(builder, text);
            }
        }

        return builder;
    }

    public static IArrowArray Coded(IArrowType index, ArrayData values, int count, Random random) => Coded(index, values, values.Length, count, random);

    private static IArrowArray Coded(IArrowType index, ArrayData values, int distinct, int count, Random random)
    {
        var width = ((FixedWidthType)index).BitWidth / 8;
        var (bits, indices) = (new ArrowBuffer.BitmapBuilder(), new byte[count * width]);
        for (var i = 0; i < count; i++)
        {
            // What a null's index says means nothing, and may be beyond the dictionary.
            var isSet = random.Next(4) > 0;
            bits.Append(isSet);
            indices[i * width] = isSet ? (byte)random.Next(distinct) : (byte)127;
        }

        return ArrowArrayFactory.BuildArray(new ArrayData(
            new DictionaryType(index, values.DataType, false), count, bits.UnsetBitCount, 0, [bits.Build(), new ArrowBuffer(indices)], null, values));
    }

    private static Field Item(ArrayData items) => new("item", items.DataType, true);

    private static IArrowArray Lists(ArrayData items, int count) => ArrowArrayFactory.BuildArray(new ArrayData(
        new ListType(Item(items)), count, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(MemoryMarshal.AsBytes<int>(Ends(items.Length, count)).ToArray())], [items]));

    private static IArrowArray LargeLists(ArrayData items, int count) => ArrowArrayFactory.BuildArray(new ArrayData(
        new LargeListType(Item(items)), count, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(MemoryMarshal.AsBytes<long>([.. Ends(items.Length, count).Select(end => (long)end)]).ToArray())], [items]));

    private static IArrowArray Pairs(ArrayData items, int count) => ArrowArrayFactory.BuildArray(new ArrayData(new FixedSizeListType(Item(items), 2), count, 0, 0, [ArrowBuffer.Empty], [items]));

    // Lists of 0, 1 and more items that use all of them.
    private static int[] Ends(int items, int count) => [.. Enumerable.Range(0, count + 1).Select(i => i == count ? items : Math.Min(items, i / 3 * 3))];
}
