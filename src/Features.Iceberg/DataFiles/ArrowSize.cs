using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Iceberg.DataFiles;

/// <summary>How many bytes of memory the rows of a batch take; a slice counts its own rows, not the whole of what it was cut from.</summary>
internal static class ArrowSize
{
    public static long Of(RecordBatch batch) => batch.Arrays.Sum(a => Of(a.Data, a.Data.Offset, a.Length));

    private static long Of(ArrayData data, int start, int length)
    {
        var validity = (length + 7) / 8;
        switch (data.DataType)
        {
            case StructType:
                return validity + data.Children.Sum(c => Of(c, c.Offset + start, length));
            case MapType or ListType:
                var (first, end) = Between(data, start, length);
                return validity + (4L * length) + data.Children.Sum(c => Of(c, c.Offset + first, end - first));
            case StringType or BinaryType:
                var (from, to) = Between(data, start, length);
                return validity + (4L * length) + to - from;
            case FixedWidthType fixedWidth:
                return validity + ((long)fixedWidth.BitWidth * length / 8);
            default:
                return validity;
        }
    }

    private static (int First, int End) Between(ArrayData data, int start, int length)
    {
        var offsets = MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span);
        return length == 0 ? (0, 0) : (offsets[start], offsets[start + length]);
    }
}
