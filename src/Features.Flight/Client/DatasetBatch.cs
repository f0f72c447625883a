using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Client.Messages;
using Features.Flight.Client.Streams;
using Features.Flight.Layout;

namespace Features.Flight.Client;

/// <summary>
/// Rows of one step of one rank, in the memory into which they were received. Views and arrays point there: they are valid until the batch is disposed, which
/// gives the memory back for a later batch. A step larger than a message comes in several batches.
/// </summary>
public sealed class DatasetBatch : IDisposable
{
    private const string TensorColumn = "features";
    private const string MaskSuffix = "_mask";

    private readonly BatchStream? stream;
    private readonly int first;
    private ReceivedBatch? received;
    private RecordBatch? rows;

    internal DatasetBatch(BatchStream? stream, ReceivedBatch received, int first, int count, long position, long step) =>
        (this.stream, this.received, this.first, Count, Position, Step) = (stream, received, first, count, position, step);

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The first row's global position: the i-th row stands at this + i. At or past the data set's rows it is padding.</summary>
    public long Position { get; }

    /// <summary>The step, from 0.</summary>
    public long Step { get; }

    /// <summary>Bytes of the message that the rows came in.</summary>
    public long Bytes => Received.MessageBytes;

    /// <summary>The rows as Arrow arrays over the batch's memory; made when they are first asked for.</summary>
    /// <exception cref="InvalidDataException">A column's offsets are broken.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public RecordBatch Rows => rows ??= Count == Received.Rows ? ArrayAssembler.Assemble(Received) : ArrayAssembler.Assemble(Received).Slice(first, Count);

    private ReceivedBatch Received => received ?? throw new ObjectDisposedException(nameof(DatasetBatch), "the batch's memory was given back; copy what must outlive the batch");

    /// <summary>The packed numeric features, where the request's layout is the tensor.</summary>
    /// <param name="column">The tensor's column. Default <c>features</c>.</param>
    /// <exception cref="ArgumentException">There is no such column, or it is no tensor of floats.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public TensorView Tensor(string column = TensorColumn)
    {
        var tensor = Find(column);
        if (tensor.Kind != ColumnKind.FixedSizeList || tensor.Children[0].Stored is not (FloatType or HalfFloatType) || Received.Nulls(tensor) + Received.Nulls(tensor.Children[0]) > 0)
        {
            throw new ArgumentException($"the column '{column}' holds {tensor.Field.DataType.Name}, and is no tensor of floats; ask for the layout 'tensor', or read it by Rows", nameof(column));
        }

        var (values, width) = (tensor.Children[0], tensor.ListSize);
        var isHalf = values.Stored is HalfFloatType;
        var mask = Received.Shape.Find(column + MaskSuffix);
        return new TensorView
        {
            Rows = Count,
            Width = width,
            Type = isHalf ? TensorType.Float16 : TensorType.Float32,
            Columns = Received.Shape.PackedColumns(tensor),
            Floats = isHalf ? default : View<float>(values, width),
            Halves = isHalf ? View<Half>(values, width) : default,
            Mask = mask is { Kind: ColumnKind.FixedSizeList } && mask.ListSize == width && mask.Children[0].Stored is UInt8Type ? View<byte>(mask.Children[0], width) : default,
        };
    }

    /// <summary>The values of a column without nulls, where they were received.</summary>
    /// <typeparam name="T">
    /// The type that the column stores: an integer or float of its width; <see cref="int"/> for days and times of 32 bits, <see cref="long"/> for timestamps, durations and times of 64 bits.
    /// </typeparam>
    /// <param name="column">Its name.</param>
    /// <exception cref="ArgumentException">There is no such column, it stores something else, or it has nulls.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public ReadOnlyMemory<T> Values<T>(string column)
        where T : unmanaged
    {
        var values = Find(column);
        if (StoredType(values.Stored) is not { } stored || stored != typeof(T))
        {
            var remedy = StoredType(values.Stored) is { } right ? $"ask for Values<{right.Name}>" : "read it by Rows";
            throw new ArgumentException($"the column '{column}' holds {values.Field.DataType.Name}, not values of {typeof(T).Name}; {remedy}", nameof(column));
        }

        return Received.Nulls(values) == 0
            ? View<T>(values, 1)
            : throw new ArgumentException($"the column '{column}' has {Received.Nulls(values)} nulls, which a view cannot show; read it by Rows or Floats", nameof(column));
    }

    /// <summary>A numeric or boolean column as floats (false is 0, true is 1), a copy that outlives the batch.</summary>
    /// <param name="column">Its name.</param>
    /// <param name="missing">What stands for a missing value. Default NaN.</param>
    /// <exception cref="ArgumentException">The batch has no such column, or it is neither numeric nor boolean.</exception>
    public float[] Floats(string column, float missing = float.NaN)
    {
        var array = Rows.Column(System.Array.IndexOf(Received.Shape.Columns, Find(column)));
        var floats = new float[array.Length];
        for (var row = 0; row < floats.Length; row++)
        {
            floats[row] = array.IsNull(row) ? missing : array switch
            {
                BooleanArray a => a.GetValue(row) == true ? 1 : 0,
                Int8Array a => a.Values[row],
                Int16Array a => a.Values[row],
                Int32Array a => a.Values[row],
                Int64Array a => a.Values[row],
                UInt8Array a => a.Values[row],
                UInt16Array a => a.Values[row],
                UInt32Array a => a.Values[row],
                UInt64Array a => a.Values[row],
                HalfFloatArray a => (float)a.Values[row],
                FloatArray a => a.Values[row],
                DoubleArray a => (float)a.Values[row],
                _ => throw new ArgumentException($"the column '{column}' holds {array.Data.DataType.Name}, not numbers; leave it out of the request", nameof(column)),
            };
        }

        return floats;
    }

    /// <summary>The batch's first rows in a batch that takes this one's place: dispose that one alone.</summary>
    /// <param name="count">How many, from 0 to <see cref="Count"/>.</param>
    public DatasetBatch Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        var taken = new DatasetBatch(stream, Received, first, count, Position, Step);
        (received, rows) = (null, null);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref received, null) is { } returned)
        {
            rows = null;
            stream?.Return(returned);
        }
    }

    private static Type? StoredType(IArrowType type) => type switch
    {
        Int8Type => typeof(sbyte),
        UInt8Type => typeof(byte),
        Int16Type => typeof(short),
        UInt16Type => typeof(ushort),
        Int32Type or Date32Type or Time32Type => typeof(int),
        UInt32Type => typeof(uint),
        Int64Type or Date64Type or Time64Type or TimestampType or DurationType => typeof(long),
        UInt64Type => typeof(ulong),
        HalfFloatType => typeof(Half),
        FloatType => typeof(float),
        DoubleType => typeof(double),
        _ => null,
    };

    private ColumnShape Find(string column) => Received.Shape.Find(column)
        ?? throw new ArgumentException($"the batch has no column '{column}'; it has {string.Join(", ", Received.Shape.Columns.Select(known => known.Field.Name))}", nameof(column));

    private unsafe ReadOnlyMemory<T> View<T>(ColumnShape values, int width)
        where T : unmanaged
    {
        if (Received.Block is not { } block || Count == 0)
        {
            return default;
        }

        var start = Received.Start(values, buffer: 1);
        return start % sizeof(T) == 0
            ? block.As<T>().Slice((start / sizeof(T)) + (first * width), Count * width)
            : throw new InvalidDataException($"the server sends the column '{values.Field.Name}' at {start} of its body, which is no multiple of its width; read it by Rows");
    }
}
