using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Writes what a batch's body describes to memory, as Arrow arrays that begin at their buffers' first slot.</summary>
internal sealed class BatchArrays(BatchBody body, MemoryArena arena)
{
    private int node;
    private int buffer;

    /// <summary>The next column; a slot that is null holds zeros, or nothing, so that nothing masked is kept.</summary>
    /// <exception cref="OverflowException">A buffer would have 2^31 bytes or more.</exception>
    public ArrayData Next(IArrowType type)
    {
        var (length, nulls) = body.Nodes[node++];
        var bits = Take();
        var buffers = new List<ArrowBuffer> { new(bits) };
        for (var i = type is StringType or BinaryType ? 2 : type is FixedSizeListType or StructType ? 0 : 1; i > 0; i--)
        {
            var memory = Take();
            buffers.Add(new ArrowBuffer(memory));
            if (nulls > 0 && type is FixedWidthType)
            {
                Clear(memory.Span, type is BooleanType ? 0 : ((FixedWidthType)type).BitWidth / 8, bits.Span, length);
            }
        }

        var children = type is NestedType nested ? nested.Fields.Select(field => Next(field.DataType)).ToArray() : [];
        if (nulls > 0 && type is FixedSizeListType)
        {
            ClearDense(children[0], length, bits.Span);
        }

        return new ArrayData(type, length, nulls, 0, [.. buffers], children);
    }

    // Items that are dense know no nulls of their own: those of a null list are found through it.
    private static void ClearDense(ArrayData items, int length, ReadOnlySpan<byte> valid)
    {
        while (items.DataType is FixedSizeListType && items.NullCount == 0)
        {
            items = items.Children[0];
        }

        if (items.DataType is FixedWidthType { BitWidth: >= 8 } item && items.NullCount == 0)
        {
            Clear(MemoryMarshal.AsMemory(items.Buffers[1].Memory).Span, items.Length / length * item.BitWidth / 8, valid, length);
        }
    }

    private static void Clear(Span<byte> values, int width, ReadOnlySpan<byte> valid, int length)
    {
        for (var at = 0; at < valid.Length; at++)
        {
            if (width == 0)
            {
                values[at] &= valid[at];
                continue;
            }

            for (int missing = (byte)~valid[at], row = at * 8; missing != 0 && row < length; missing >>= 1, row++)
            {
                if ((missing & 1) != 0)
                {
                    values.Slice(row * width, width).Clear();
                }
            }
        }
    }

    private Memory<byte> Take()
    {
        ref var source = ref body.Buffers[buffer++];
        var memory = arena.Rent(checked((int)source.Length));
        source.Write(memory.Span);
        return memory;
    }
}
