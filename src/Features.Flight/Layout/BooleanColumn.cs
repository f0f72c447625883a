using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Values of one bit.</summary>
internal sealed unsafe class BooleanColumn : ChunkedColumn
{
    private readonly nint[] values;
    private readonly int[] offsets;

    public BooleanColumn(IArrowType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks)
    {
        values = Pin(chunks, buffer: 1);
        offsets = [.. chunks.Select(chunk => chunk.Offset)];
    }

    protected override ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var memory = arena.Rent((rows.Length + 7) / 8);
        var target = memory.Span;
        target.Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            var chunk = RowAddress.Chunk(rows[i]);
            if (IsSet((byte*)values[chunk], offsets[chunk] + RowAddress.Index(rows[i])))
            {
                target[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        if (nulls > 0)
        {
            for (var i = 0; i < target.Length; i++)
            {
                target[i] &= bits.Span[i];
            }
        }

        return Build(rows.Length, nulls, bits, [memory]);
    }
}
