using System.Buffers;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>
/// One column in chunks whose buffers stay pinned, so that rows at any addresses can be gathered into one array. Loading uses it to
/// cut a source's batches into equal segments, serving to pick an epoch's samples: the same kernels, the same types.
/// </summary>
internal abstract unsafe class ChunkedColumn : IDisposable
{
    private readonly List<MemoryHandle> pins = [];
    private readonly IArrowType type;
    private readonly nint[] validity;
    private readonly int[] offsets;
    private readonly bool hasNulls;

    protected ChunkedColumn(IArrowType type, IReadOnlyList<ArrayData> chunks)
    {
        this.type = type;
        validity = Pin(chunks, buffer: 0);
        offsets = [.. chunks.Select(chunk => chunk.Offset)];
        hasNulls = chunks.Any(chunk => !chunk.Buffers[0].IsEmpty && chunk.GetNullCount() > 0);
    }

    /// <summary>The column of a type over its chunks, which must outlive it.</summary>
    /// <exception cref="NotSupportedException">The type cannot be gathered; the message names it.</exception>
    public static ChunkedColumn Over(IArrowType type, IReadOnlyList<ArrayData> chunks) => type switch
    {
        BooleanType => new BooleanColumn(type, chunks),
        StringType or BinaryType => new BytesColumn(type, chunks),
        ListType or MapType => new ListColumn((NestedType)type, chunks),
        FixedSizeListType list => new FixedSizeListColumn(list, chunks),
        StructType record => new StructColumn(record, chunks),
        FixedWidthType { BitWidth: >= 8 } width when type is not DictionaryType => new FixedWidthColumn(width, chunks),
        _ => throw new NotSupportedException($"values of the Arrow type '{type.Name}' cannot be served; cast them in the data set's definition"),
    };

    /// <summary>The rows at the addresses, in their order; the array lives as long as what the arena gave.</summary>
    public ArrayData Gather(ReadOnlySpan<long> rows, MemoryArena arena)
    {
        var (bits, nulls) = hasNulls ? GatherValidity(rows, arena) : (Memory<byte>.Empty, 0);
        return GatherValues(rows, arena, bits, nulls);
    }

    public void Dispose()
    {
        foreach (var pin in pins)
        {
            pin.Dispose();
        }

        pins.Clear();
        DisposeChildren();
    }

    /// <summary>Gathers the values; a slot whose validity bit is 0 is left zero or empty, so that nothing masked leaves the cache.</summary>
    protected abstract ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls);

    protected virtual void DisposeChildren()
    {
    }

    protected ArrayData Build(int length, int nulls, Memory<byte> bits, Memory<byte>[] buffers, params ArrayData[] children) =>
        new(type, length, nulls, 0, [new ArrowBuffer(nulls > 0 ? bits : Memory<byte>.Empty), .. buffers.Select(buffer => new ArrowBuffer(buffer))], children);

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

    protected static bool IsSet(byte* bits, int index) => (bits[index >> 3] & (1 << (index & 7))) != 0;

    protected static bool IsSet(ReadOnlySpan<byte> bits, int index) => (bits[index >> 3] & (1 << (index & 7))) != 0;

    private (Memory<byte> Bits, int Nulls) GatherValidity(ReadOnlySpan<long> rows, MemoryArena arena)
    {
        var memory = arena.Rent((rows.Length + 7) / 8);
        var bits = memory.Span;
        bits.Clear();
        var valid = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var chunk = RowAddress.Chunk(rows[i]);
            var source = (byte*)validity[chunk];
            if (source is null || IsSet(source, offsets[chunk] + RowAddress.Index(rows[i])))
            {
                bits[i >> 3] |= (byte)(1 << (i & 7));
                valid++;
            }
        }

        return (memory, rows.Length - valid);
    }
}
