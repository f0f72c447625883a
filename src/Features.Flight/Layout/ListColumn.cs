using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Lists with 32-bit offsets, and maps, which are lists of entries.</summary>
internal sealed class ListColumn : VariableColumn
{
    private readonly ChunkedColumn items;

    public ListColumn(NestedType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks) =>
        items = Over(type.Fields[0].DataType, [.. chunks.Select(chunk => chunk.Children[0])]);

    protected override ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var offsetsMemory = GatherOffsets(rows, arena, bits, nulls);
        var offsets = MemoryMarshal.Cast<byte, int>(offsetsMemory.Span);
        var count = offsets[rows.Length];
        var addresses = ArrayPool<long>.Shared.Rent(count);
        try
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var chunk = RowAddress.Chunk(rows[i]);
                var start = offsets[i] == offsets[i + 1] ? 0 : StartOf(rows[i]);
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
