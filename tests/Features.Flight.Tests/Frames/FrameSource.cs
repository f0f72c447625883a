using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Serving;
using Features.Ordering;

namespace Features.Flight.Tests.Frames;

/// <summary>Stores and reads over rows that their number determines: those of <see cref="Tables"/>, and the types that it has not.</summary>
internal static class FrameSource
{
    private static readonly FixedSizeListType Tensor = new(new Field("item", FloatType.Default, false), 5);
    private static readonly FixedSizeListType Matrix = new(new Field("row", new FixedSizeListType(new Field("item", Int16Type.Default, false), 3), false), 2);
    private static readonly FixedSizeListType Names = new(new Field("item", StringType.Default, true), 2);
    private static readonly MapType Map = new(StringType.Default, Int32Type.Default, nullable: true);
    private static readonly ListType Lists = new(new Field("item", new ListType(new Field("item", Int32Type.Default, true)), true));

    /// <summary>Dense and sparse tensors, maps, lists of lists, wide and odd values.</summary>
    public static Schema Schema { get; } = new Schema.Builder()
        .Field(new Field("id", Int64Type.Default, false))
        .Field(new Field("tensor", Tensor, false))
        .Field(new Field("matrix", Matrix, true))
        .Field(new Field("names", Names, true))
        .Field(new Field("map", Map, true))
        .Field(new Field("lists", Lists, true))
        .Field(new Field("hash", new FixedSizeBinaryType(11), true))
        .Field(new Field("day", Date32Type.Default, false))
        .Field(new Field("wide", new Decimal256Type(60, 2), false))
        .Field(new Field("yes", BooleanType.Default, false))
        .Build();

    public static RecordBatch Rows(long first, int count)
    {
        var rows = Enumerable.Range(0, count).Select(i => first + i).ToArray();
        return new RecordBatch(
            Schema,
            [
                new Int64Array.Builder().AppendRange(rows).Build(),
                Make(Tensor, rows, _ => true, (row, data) => data.Add(Fixed(FloatType.Default, Each(rows, 5, (r, i) => (float)(r * 10 + i))))),
                Make(Matrix, rows, row => row % 5 != 0, (row, data) => data.Add(
                    new ArrayData(Matrix.ValueDataType, rows.Length * 2, 0, 0, [ArrowBuffer.Empty], [Fixed(Int16Type.Default, Each(rows, 6, (r, i) => (short)(r - i)))]))),
                Make(Names, rows, row => row % 3 != 0, (row, data) => data.Add(Strings(Each(rows, 2, (r, i) => (r + i) % 4 == 0 ? null : $"n{r}{i}")).Data)),
                Maps(rows),
                NestedLists(rows),
                Make(new FixedSizeBinaryType(11), rows, row => row % 7 != 1, (row, data) => { }, Each(rows, 11, (r, i) => (byte)(r % 7 == 1 ? 0 : r + i))),
                new Date32Array.Builder().AppendRange(rows.Select(row => DateTime.UnixEpoch.AddDays(row))).Build(),
                new Decimal256Array.Builder(new Decimal256Type(60, 2)).AppendRange(rows.Select(row => row * 1.25m)).Build(),
                new BooleanArray.Builder().AppendRange(rows.Select(row => row % 3 == 1)).Build(),
            ],
            count);
    }

    public static ColumnStore Load(Schema schema, IEnumerable<int> lengths, Func<long, int, RecordBatch> rows, CountingAllocator? allocator = null, long first = 0)
    {
        using var builder = new ColumnStoreBuilder(schema, allocator ?? new CountingAllocator());
        foreach (var length in lengths)
        {
            builder.Add(rows(first + builder.Rows, length));
        }

        builder.Complete();
        return builder.Build();
    }

    public static PlannedRead Read(ColumnStore store, Delivery delivery, OrderMode mode, long position = 0, int[]? ordinals = null)
    {
        var plan = new StorePlan(new DatasetPlan("set", "sha256:set", store.Rows, store.Schema));
        int[] columns = ordinals ?? [.. Enumerable.Range(0, store.Schema.FieldsList.Count)];
        var schema = new Schema(columns.Select(store.Schema.GetFieldByIndex), store.Schema.Metadata);
        return new PlannedRead(plan, schema, columns, new Order("sha256:set", store.Rows, mode, 7), 3, delivery.From(store.Rows, position));
    }

    private static T[] Each<T>(long[] rows, int count, Func<long, int, T> value) => [.. rows.SelectMany(row => Enumerable.Range(0, count).Select(i => value(row, i)))];

    private static ArrayData Fixed<T>(IArrowType type, T[] values)
        where T : struct => new(type, values.Length, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer.Builder<T>().AppendRange(values).Build()]);

    private static IArrowArray Make(IArrowType type, long[] rows, Func<long, bool> isValid, Action<long, List<ArrayData>> children, byte[]? values = null)
    {
        var bits = new ArrowBuffer.BitmapBuilder();
        foreach (var row in rows)
        {
            bits.Append(isValid(row));
        }

        var data = new List<ArrayData>();
        children(0, data);
        ArrowBuffer[] buffers = values is null ? [bits.Build()] : [bits.Build(), new ArrowBuffer(values)];
        return ArrowArrayFactory.BuildArray(new ArrayData(type, rows.Length, bits.UnsetBitCount, 0, buffers, [.. data]));
    }

    private static StringArray Strings(IEnumerable<string?> values)
    {
        var builder = new StringArray.Builder();
        foreach (var value in values)
        {
            _ = value is null ? builder.AppendNull() : builder.Append(value);
        }

        return builder.Build();
    }

    private static MapArray Maps(long[] rows)
    {
        var builder = new MapArray.Builder(Map);
        var (keys, values) = ((StringArray.Builder)builder.KeyBuilder, (Int32Array.Builder)builder.ValueBuilder);
        foreach (var row in rows)
        {
            if (row % 4 == 2)
            {
                builder.AppendNull();
                continue;
            }

            builder.Append();
            for (var i = 0; i < row % 3; i++)
            {
                keys.Append($"k{i}");
                _ = i == 1 ? values.AppendNull() : values.Append((int)row);
            }
        }

        return builder.Build();
    }

    private static ListArray NestedLists(long[] rows)
    {
        var outer = new ListArray.Builder(Lists.ValueDataType);
        var inner = (ListArray.Builder)outer.ValueBuilder;
        var items = (Int32Array.Builder)inner.ValueBuilder;
        foreach (var row in rows)
        {
            if (row % 6 == 5)
            {
                outer.AppendNull();
                continue;
            }

            outer.Append();
            for (var i = 0; i < row % 4; i++)
            {
                inner.Append();
                for (var item = 0; item < (row + i) % 3; item++)
                {
                    _ = item == 2 ? items.AppendNull() : items.Append((int)(row + item));
                }
            }
        }

        return outer.Build();
    }
}
