using System.Buffers;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Lists of one length, tensors among them.</summary>
internal sealed class FixedSizeListColumn : ChunkedColumn
{
    private readonly int size;
    private readonly ChunkedColumn items;

    public FixedSizeListColumn(FixedSizeListType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks)
    {
        size = type.ListSize;
        items = Over(type.ValueDataType, [.. chunks.Select(chunk => chunk.Children[0].Slice(chunk.Offset * size, chunk.Length * size))]);
    }

    protected override ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var count = checked(rows.Length * size);
        var addresses = ArrayPool<long>.Shared.Rent(count);
        try
        {
            var at = 0;
            foreach (var row in rows)
            {
                var (chunk, first) = (RowAddress.Chunk(row), RowAddress.Index(row) * size);
                for (var item = 0; item < size; item++)
                {
                    addresses[at++] = RowAddress.Of(chunk, first + item);
                }
            }

            return Build(rows.Length, nulls, bits, [], items.Gather(addresses.AsSpan(0, count), arena));
        }
        finally
        {
            ArrayPool<long>.Shared.Return(addresses);
        }
    }

    protected override void DisposeChildren() => items.Dispose();
}
