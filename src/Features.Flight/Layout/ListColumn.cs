using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Lists with 32-bit offsets, and maps, which are lists of entries.</summary>
internal sealed unsafe class ListColumn : ChunkedColumn
{
    private readonly nint[] starts;
    private readonly ChunkedColumn items;

    public ListColumn(NestedType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks)
    {
        starts = Pin(chunks, buffer: 1);
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] += (nint)chunks[i].Offset * sizeof(int);
        }

        items = Over(type.Fields[0].DataType, [.. chunks.Select(chunk => chunk.Children[0])]);
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

        var count = offsets[rows.Length];
        var addresses = ArrayPool<long>.Shared.Rent(count);
        try
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var chunk = RowAddress.Chunk(rows[i]);
                var start = offsets[i] == offsets[i + 1] ? 0 : ((int*)starts[chunk])[RowAddress.Index(rows[i])];
                for (var item = offsets[i]; item < offsets[i + 1]; item++)
                {
                    addresses[item] = RowAddress.Of(chunk, start + item - offsets[i]);
                }
            }

            return Build(rows.Length, nulls, bits, [offsetsMemory], items.Gather(addresses.AsSpan(0, count), arena));
        }
        finally
        {
            ArrayPool<long>.Shared.Return(addresses);
        }
    }

    protected override void DisposeChildren() => items.Dispose();
}
