using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Strings and binary values with 32-bit offsets.</summary>
internal sealed unsafe class BytesColumn : ChunkedColumn
{
    private readonly nint[] starts;
    private readonly nint[] values;

    public BytesColumn(IArrowType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks)
    {
        starts = Pin(chunks, buffer: 1);
        values = Pin(chunks, buffer: 2);
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] += (nint)chunks[i].Offset * sizeof(int);
        }
    }

    protected override ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var offsetsMemory = arena.Rent(checked((rows.Length + 1) * sizeof(int)));
        var offsets = MemoryMarshal.Cast<byte, int>(offsetsMemory.Span);
        var valid = bits.Span;
        offsets[0] = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var start = (int*)starts[RowAddress.Chunk(rows[i])] + RowAddress.Index(rows[i]);
            var length = nulls > 0 && !IsSet(valid, i) ? 0 : start[1] - start[0];
            offsets[i + 1] = checked(offsets[i] + length);
        }

        var memory = arena.Rent(offsets[rows.Length]);
        fixed (byte* target = memory.Span)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var chunk = RowAddress.Chunk(rows[i]);
                var start = ((int*)starts[chunk])[RowAddress.Index(rows[i])];
                var length = offsets[i + 1] - offsets[i];
                new ReadOnlySpan<byte>((byte*)values[chunk] + start, length).CopyTo(new Span<byte>(target + offsets[i], length));
            }
        }

        return Build(rows.Length, nulls, bits, [offsetsMemory, memory]);
    }
}
