using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;
using Features.Flight.Frames;
using Features.Flight.Layout;
using Features.Flight.Serving;
using Features.Ordering;

namespace Features.Benchmarks.Flight;

/// <summary>A store of tensors and columns, and reads of it, as the service makes them.</summary>
internal sealed class GatherData : IDisposable
{
    private const int BatchRows = 65_536;
    private readonly byte[] room = new byte[256 << 10];

    public GatherData(long rows, Schema schema)
    {
        using var builder = new ColumnStoreBuilder(schema, SlabAllocator.Shared);
        while (builder.Rows < rows)
        {
            builder.Add(Batch(schema, builder.Rows, (int)Math.Min(BatchRows, rows - builder.Rows)));
        }

        builder.Complete();
        Store = builder.Build();
    }

    public ColumnStore Store { get; }

    public static Schema Tensor(int width) => new([new Field("features", new FixedSizeListType(new Field("item", FloatType.Default, false), width), false)], null);

    public static Schema Columns(int count) => new(Enumerable.Range(0, count).Select(i => new Field($"c{i}", Int64Type.Default, false)), null);

    public static Schema Texts { get; } = new([new Field("text", StringType.Default, false), new Field("id", Int64Type.Default, false)], null);

    public RankFrames Frames(OrderMode mode, int batch, long position = 0)
    {
        var plan = new StorePlan(new DatasetPlan("bench", "d", Store.Rows, Store.Schema));
        int[] ordinals = [.. Enumerable.Range(0, Store.Schema.FieldsList.Count)];
        return new RankFrames(
            new PlannedRead(plan, Store.Schema, ordinals, new Order("d", Store.Rows, mode, 7), 1, new Delivery(batch, 1, 0, Tail.Keep).From(Store.Rows, position)), Store, 2 << 20);
    }

    /// <summary>Reads frames as the pipe takes them, until so many bytes have come.</summary>
    public long Drain(RankFrames frames, long bytes)
    {
        var read = 0L;
        while (read < bytes && frames.Next())
        {
            while (frames.Read(room) is var count and > 0)
            {
                read += count;
            }
        }

        return read;
    }

    public void Dispose() => Store.Dispose();

    private static RecordBatch Batch(Schema schema, long first, int rows) => new(schema, schema.FieldsList.Select(field => Column(field.DataType, first, rows)), rows);

    private static IArrowArray Column(IArrowType type, long first, int rows) => ArrowArrayFactory.BuildArray(type switch
    {
        FixedSizeListType list => new ArrayData(type, rows, 0, 0, [ArrowBuffer.Empty], [new ArrayData(list.ValueDataType, rows * list.ListSize, 0, 0, [ArrowBuffer.Empty, Bytes(rows * list.ListSize * 4)])]),
        StringType => new ArrayData(type, rows, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer.Builder<int>().AppendRange(Enumerable.Range(0, rows + 1).Select(i => i * 20)).Build(), Bytes(rows * 20)]),
        _ => new ArrayData(type, rows, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer.Builder<long>().AppendRange(Enumerable.Range(0, rows).Select(i => first + i)).Build()]),
    });

    private static ArrowBuffer Bytes(int count)
    {
        var bytes = new byte[count];
        System.Array.Fill(bytes, (byte)'x');
        return new ArrowBuffer(bytes);
    }
}
