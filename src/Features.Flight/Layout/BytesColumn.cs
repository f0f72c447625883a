using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Strings and binary values with 32-bit offsets.</summary>
internal sealed unsafe class BytesColumn : VariableColumn
{
    private readonly nint[] values;

    public BytesColumn(IArrowType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks)
    {
        values = Pin(chunks, buffer: 2);
    }

    protected override ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var offsetsMemory = GatherOffsets(rows, arena, bits, nulls);
        var offsets = MemoryMarshal.Cast<byte, int>(offsetsMemory.Span);

        var memory = arena.Rent(offsets[rows.Length]);
        fixed (byte* target = memory.Span)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var chunk = RowAddress.Chunk(rows[i]);
                var start = StartOf(rows[i]);
                var length = offsets[i + 1] - offsets[i];
                new ReadOnlySpan<byte>((byte*)values[chunk] + start, length).CopyTo(new Span<byte>(target + offsets[i], length));
            }
        }

        return Build(rows.Length, nulls, bits, [offsetsMemory, memory]);
    }
}
