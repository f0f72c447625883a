using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Offsets of 64 bits as ones of 32, where a batch's values fit.</summary>
internal static class WideOffsets
{
    public static ArrayData Narrow(ArrayData data, IArrowType type, ArrowBuffer[] values, ArrayData[] children, string column)
    {
        var wide = MemoryMarshal.Cast<byte, long>(data.Buffers[1].Span);
        var offsets = new byte[(data.Offset + data.Length + 1) * sizeof(int)];
        var narrow = MemoryMarshal.Cast<byte, int>(offsets.AsSpan());

        // An empty array may come without offsets.
        for (var i = 0; i < narrow.Length && i < wide.Length; i++)
        {
            narrow[i] = wide[i] is >= 0 and <= int.MaxValue
                ? (int)wide[i]
                : throw new NotSupportedException($"column '{column}': the values of one batch take more than 2 GiB, which 32-bit offsets cannot tell; read or send smaller batches");
        }

        return new ArrayData(type, data.Length, data.NullCount, data.Offset, [data.Buffers[0], new ArrowBuffer(offsets), .. values], children);
    }
}
