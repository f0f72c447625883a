using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Values of one byte or more, all of one width.</summary>
internal sealed unsafe class FixedWidthColumn : ChunkedColumn
{
    private readonly int width;
    private readonly nint[] values;

    public FixedWidthColumn(FixedWidthType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks)
    {
        width = type.BitWidth / 8;
        values = Pin(chunks, buffer: 1);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] += (nint)chunks[i].Offset * width;
        }
    }

    protected override ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var memory = arena.Rent(checked(rows.Length * width));
        var target = memory.Span;
        switch (width)
        {
            case 1: Copy<byte>(rows, target); break;
            case 2: Copy<ushort>(rows, target); break;
            case 4: Copy<uint>(rows, target); break;
            case 8: Copy<ulong>(rows, target); break;
            case 16: Copy<Vector128<byte>>(rows, target); break;
            case 32: Copy<Vector256<byte>>(rows, target); break;
            default: CopyBytes(rows, target); break;
        }

        if (nulls > 0)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                if (!IsSet(bits.Span, i))
                {
                    target.Slice(i * width, width).Clear();
                }
            }
        }

        return Build(rows.Length, nulls, bits, [memory]);
    }

    private void Copy<T>(ReadOnlySpan<long> rows, Span<byte> target)
        where T : unmanaged
    {
        var from = values;
        var to = MemoryMarshal.Cast<byte, T>(target);
        for (var i = 0; i < rows.Length && i < to.Length; i++)
        {
            to[i] = ((T*)from[RowAddress.Chunk(rows[i])])[(uint)RowAddress.Index(rows[i])];
        }
    }

    private void CopyBytes(ReadOnlySpan<long> rows, Span<byte> target)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var source = (byte*)values[RowAddress.Chunk(rows[i])] + ((long)RowAddress.Index(rows[i]) * width);
            new ReadOnlySpan<byte>(source, width).CopyTo(target.Slice(i * width, width));
        }
    }
}
