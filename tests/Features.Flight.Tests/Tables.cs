using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Tests;

/// <summary>Rows of every type that is served, a third of the cells null, determined by their row number.</summary>
internal static class Tables
{
    public static Schema Schema { get; } = new Schema.Builder()
        .Field(new Field("id", Int64Type.Default, false, new Dictionary<string, string> { ["PARQUET:field_id"] = "1" }))
        .Field(new Field("tiny", Int8Type.Default, true))
        .Field(new Field("small", UInt16Type.Default, true))
        .Field(new Field("score", FloatType.Default, true))
        .Field(new Field("ratio", DoubleType.Default, true))
        .Field(new Field("flag", BooleanType.Default, true))
        .Field(new Field("name", StringType.Default, true))
        .Field(new Field("blob", BinaryType.Default, true))
        .Field(new Field("price", new Decimal128Type(20, 3), true))
        .Field(new Field("at", new TimestampType(TimeUnit.Microsecond, "UTC"), true))
        .Field(new Field("tags", new ListType(new Field("item", StringType.Default, true)), true))
        .Field(new Field("vector", new FixedSizeListType(new Field("item", FloatType.Default, true), 3), true))
        .Field(new Field("place", new StructType([new Field("code", StringType.Default, true), new Field("floor", Int32Type.Default, true)]), true))
        .Metadata("owner", "ops")
        .Build();

    public static Schema Narrow { get; } = new Schema.Builder()
        .Field(new Field("id", Int64Type.Default, false))
        .Field(new Field("x", FloatType.Default, false))
        .Build();

    public static RecordBatch NarrowRows(long first, int count) => new(
        Narrow,
        [
            new Int64Array.Builder().AppendRange(Enumerable.Range(0, count).Select(i => first + i)).Build(),
            new FloatArray.Builder().AppendRange(Enumerable.Range(0, count).Select(i => (float)(first + i) / 2)).Build(),
        ],
        count);

    public static RecordBatch Rows(long first, int count)
    {
        var rows = Enumerable.Range(0, count).Select(i => first + i).ToArray();
        var tags = new ListArray.Builder(StringType.Default);
        var tag = (StringArray.Builder)tags.ValueBuilder;
        var vector = new FixedSizeListArray.Builder(new Field("item", FloatType.Default, true), 3);
        var item = (FloatArray.Builder)vector.ValueBuilder;
        var blob = new BinaryArray.Builder();
        foreach (var row in rows)
        {
            Append(row, 10, () => tags.AppendNull(), () =>
            {
                tags.Append();
                for (var i = 0; i < row % 4; i++)
                {
                    _ = i == 2 ? tag.AppendNull() : tag.Append($"tag{row + i}");
                }
            });
            Append(row, 11, () => vector.AppendNull(), () =>
            {
                vector.Append();
                item.Append(row).Append(row + 0.5f).Append(-row);
            });
            Append(row, 7, () => blob.AppendNull(), () => blob.Append(Enumerable.Repeat((byte)row, (int)((row + 5) % 5)).ToArray().AsSpan()));
        }

        return new RecordBatch(
            Schema,
            [
                new Int64Array.Builder().AppendRange(rows).Build(),
                Build(new Int8Array.Builder(), rows, 1, (builder, row) => builder.Append((sbyte)row), builder => builder.AppendNull()).Build(),
                Build(new UInt16Array.Builder(), rows, 2, (builder, row) => builder.Append((ushort)row), builder => builder.AppendNull()).Build(),
                Build(new FloatArray.Builder(), rows, 3, (builder, row) => builder.Append(row / 3f), builder => builder.AppendNull()).Build(),
                Build(new DoubleArray.Builder(), rows, 4, (builder, row) => builder.Append(row / 3d), builder => builder.AppendNull()).Build(),
                Build(new BooleanArray.Builder(), rows, 5, (builder, row) => builder.Append(row % 3 == 0), builder => builder.AppendNull()).Build(),
                Build(new StringArray.Builder(), rows, 6, (builder, row) => builder.Append(row % 7 == 0 ? "" : $"näme {row}"), builder => builder.AppendNull()).Build(),
                blob.Build(),
                Build(new Decimal128Array.Builder(new Decimal128Type(20, 3)), rows, 8, (builder, row) => builder.Append(row * 1.125m), builder => builder.AppendNull()).Build(),
                Build(new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, "UTC")), rows, 9, (builder, row) => builder.Append(DateTimeOffset.UnixEpoch.AddSeconds(row)), builder => builder.AppendNull()).Build(),
                tags.Build(),
                vector.Build(),
                Struct(rows),
            ],
            count);
    }

    private static bool IsNull(long row, int column) => (row * 7919 + column * 104729) % 3 == 0;

    private static void Append(long row, int column, Action nothing, Action value) => (IsNull(row, column) ? nothing : value)();

    private static T Build<T>(T builder, long[] rows, int column, Action<T, long> append, Action<T> appendNull)
    {
        foreach (var row in rows)
        {
            Append(row, column, () => appendNull(builder), () => append(builder, row));
        }

        return builder;
    }

    private static StructArray Struct(long[] rows)
    {
        var code = Build(new StringArray.Builder(), rows, 13, (builder, row) => builder.Append($"c{row}"), builder => builder.AppendNull()).Build();
        var floor = Build(new Int32Array.Builder(), rows, 14, (builder, row) => builder.Append((int)row), builder => builder.AppendNull()).Build();
        var validity = new ArrowBuffer.BitmapBuilder();
        foreach (var row in rows)
        {
            validity.Append(!IsNull(row, 12));
        }

        return new StructArray(Schema.GetFieldByName("place").DataType, rows.Length, [code, floor], validity.Build(), validity.UnsetBitCount);
    }
}
