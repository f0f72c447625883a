using System.Buffers;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>
/// One column in chunks whose buffers stay pinned, so that rows at any addresses can be laid into one batch. Loading uses it to
/// cut a source's batches into segments, serving to pick an epoch's samples: the same kernels, the same types.
/// </summary>
internal abstract unsafe class ChunkedColumn : IDisposable
{
    private readonly List<MemoryHandle> pins = [];
    private long? mostBits;

    protected ChunkedColumn(IReadOnlyList<ArrayData> chunks)
    {
        Validity = Pin(chunks, buffer: 0);
        Offsets = [.. chunks.Select(chunk => chunk.Offset)];
        HasNulls = chunks.Any(chunk => !chunk.Buffers[0].IsEmpty && chunk.GetNullCount() > 0);
    }

    /// <summary>Whether any slot of any chunk is null.</summary>
    public bool HasNulls { get; }

    /// <summary>Nodes of the column in a batch: itself and its children.</summary>
    public virtual int NodeCount => 1;

    /// <summary>Buffers of the column in a batch, those that may be empty among them.</summary>
    public abstract int BufferCount { get; }

    /// <summary>Whether rows differ in length.</summary>
    public virtual bool IsVariable => false;

    /// <summary>Scratch bytes that a row in shuffled order takes until it is written, about.</summary>
    public virtual int IndexBytes => 0;

    /// <summary>Bytes of a row if all values of all rows stand one behind another with no null among them; 0 if not.</summary>
    public virtual int DenseBytes => 0;

    /// <summary>An upper bound of <see cref="BitsOf"/> for one row, which some row comes close to.</summary>
    public long MostBits => mostBits ?? FindMostBits();

    protected nint[] Validity { get; }

    protected int[] Offsets { get; }

    protected int ValidityBits => HasNulls ? 1 : 0;

    /// <summary>The column of a type over its chunks, which must outlive it.</summary>
    /// <exception cref="NotSupportedException">The type cannot be served; the message names it.</exception>
    public static ChunkedColumn Over(IArrowType type, IReadOnlyList<ArrayData> chunks) => type switch
    {
        BooleanType => new BooleanColumn(chunks),
        StringType or BinaryType => new BytesColumn(chunks),
        ListType or MapType => new ListColumn((NestedType)type, chunks),
        FixedSizeListType list => new FixedSizeListColumn(list, chunks),
        StructType record => new StructColumn(record, chunks),
        FixedWidthType { BitWidth: >= 8 } width when type is not DictionaryType => new FixedWidthColumn(width, chunks),
        _ => throw new NotSupportedException($"values of the Arrow type '{type.Name}' cannot be served; cast them in the data set's definition"),
    };

    /// <summary>Bits that a run of rows takes in a batch, without padding.</summary>
    public abstract long BitsOf(int chunk, int first, int count);

    /// <summary>Finds <see cref="MostBits"/>, which looks at every row, once and for all.</summary>
    public void Measure() => mostBits = FindMostBits();

    /// <summary>Adds the rows to a batch, in their order.</summary>
    /// <exception cref="OverflowException">Offsets of 32 bits do not hold them.</exception>
    public void Lay(in RowSet rows, BatchBody body)
    {
        var nulls = 0;
        byte* bits = null;
        if (HasNulls)
        {
            bits = body.Scratch.Rent(Bits.BytesFor(rows.Rows));
            nulls = rows.Rows - Bits.Gather(Validity, Offsets, rows, bits);
        }

        body.AddNode(rows.Rows, nulls);
        body.AddMemory(bits, nulls > 0 ? Bits.BytesFor(rows.Rows) : 0);
        LayValues(rows, body);
    }

    /// <summary>Adds the rows as one dense run of values without nulls; only if <see cref="DenseBytes"/> is not 0.</summary>
    /// <param name="rows">Rows of the column that holds this one's.</param>
    /// <param name="length">Slots of this column in those rows.</param>
    /// <param name="width">Bytes of each of those rows.</param>
    /// <param name="body">Where they are added.</param>
    public virtual void LayDense(in RowSet rows, int length, int width, BatchBody body) => throw new InvalidOperationException("values of this column are not dense");

    public void Dispose()
    {
        foreach (var pin in pins)
        {
            pin.Dispose();
        }

        pins.Clear();
        DisposeChildren();
    }

    /// <summary>Adds the buffers behind the validity, and the children.</summary>
    protected abstract void LayValues(in RowSet rows, BatchBody body);

    protected abstract long FindMostBits();

    protected virtual void DisposeChildren()
    {
    }

    /// <summary>The addresses of each chunk's buffer; 0 for an empty one.</summary>
    protected nint[] Pin(IReadOnlyList<ArrayData> chunks, int buffer)
    {
        var addresses = new nint[chunks.Count];
        for (var i = 0; i < addresses.Length; i++)
        {
            if (!chunks[i].Buffers[buffer].IsEmpty)
            {
                var pin = chunks[i].Buffers[buffer].Memory.Pin();
                pins.Add(pin);
                addresses[i] = (nint)pin.Pointer;
            }
        }

        return addresses;
    }
}
