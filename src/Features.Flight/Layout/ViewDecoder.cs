using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Values of views, which lie in several buffers or in the views themselves, one behind the other.</summary>
internal static class ViewDecoder
{
    private const int ViewBytes = 16;
    private const int InlineBytes = 12;

    public static ArrayData Decode(ArrayData data, IArrowType type, string column)
    {
        var offsetBytes = new byte[(data.Offset + data.Length + 1) * sizeof(int)];
        var offsets = MemoryMarshal.Cast<byte, int>(offsetBytes.AsSpan());
        for (var row = data.Offset; row < offsets.Length - 1; row++)
        {
            var end = (long)offsets[row] + Value(data, row).Length;
            offsets[row + 1] = end <= System.Array.MaxLength
                ? (int)end
                : throw new NotSupportedException($"column '{column}': the values of one batch take more than 2 GiB; read smaller batches");
        }

        var target = new byte[offsets[^1]];
        for (var row = data.Offset; row < offsets.Length - 1; row++)
        {
            Value(data, row).CopyTo(target.AsSpan(offsets[row]));
        }

        return new ArrayData(type, data.Length, data.NullCount, data.Offset, [data.Buffers[0], new ArrowBuffer(offsetBytes), new ArrowBuffer(target)]);
    }

    // The slot of a null may hold anything.
    private static ReadOnlySpan<byte> Value(ArrayData data, int row)
    {
        if (!data.Buffers[0].IsEmpty && (data.Buffers[0].Span[row >> 3] & (1 << (row & 7))) == 0)
        {
            return [];
        }

        var view = data.Buffers[1].Span.Slice(row * ViewBytes, ViewBytes);
        var length = BinaryPrimitives.ReadInt32LittleEndian(view);
        return length <= InlineBytes
            ? view.Slice(sizeof(int), length)
            : data.Buffers[2 + BinaryPrimitives.ReadInt32LittleEndian(view[8..])].Span.Slice(BinaryPrimitives.ReadInt32LittleEndian(view[12..]), length);
    }
}
