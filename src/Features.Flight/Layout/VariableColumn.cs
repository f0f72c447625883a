using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Values of varying length, found by 32-bit offsets.</summary>
internal abstract unsafe class VariableColumn : ChunkedColumn
{
    private readonly nint[] starts;

    protected VariableColumn(IArrowType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks)
    {
        starts = Pin(chunks, buffer: 1);
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] += (nint)chunks[i].Offset * sizeof(int);
        }
    }

    /// <summary>Where a row's value begins in its chunk.</summary>
    protected int StartOf(long row) => *((int*)starts[RowAddress.Chunk(row)] + RowAddress.Index(row));

    /// <summary>The offsets of the gathered values; a null is empty.</summary>
    protected Memory<byte> GatherOffsets(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var memory = arena.Rent(checked((rows.Length + 1) * sizeof(int)));
        var offsets = MemoryMarshal.Cast<byte, int>(memory.Span);
        var valid = bits.Span;
        offsets[0] = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var start = (int*)starts[RowAddress.Chunk(rows[i])] + RowAddress.Index(rows[i]);
            var length = nulls > 0 && !IsSet(valid, i) ? 0 : start[1] - start[0];
            offsets[i + 1] = checked(offsets[i] + length);
        }

        return memory;
    }
}
