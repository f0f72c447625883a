using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Features.Flight.Layout;

/// <summary>
/// The kernel of a shuffled epoch: values of one width, each at a place of its own, laid one behind another. What will be wanted some
/// rows on is asked from memory ahead, for almost every row of a large data set is a cache miss.
/// </summary>
internal static unsafe class RowCopy
{
    private const int LineBytes = 64;

    // Far enough ahead to cover a miss, near enough that the lines are still in the first-level cache; by measurement.
    private const int AheadNarrow = 32;
    private const int AheadWide = 16;
    private const int MostLinesAhead = 16;

    /// <summary>Lays the values of <paramref name="count"/> rows at <paramref name="target"/>.</summary>
    /// <param name="bases">Where each chunk's values begin.</param>
    /// <param name="rows">The rows' addresses.</param>
    /// <param name="count">How many are laid.</param>
    /// <param name="known">How many addresses can be read, <paramref name="count"/> or more: those behind are asked for ahead.</param>
    /// <param name="width">Bytes of a value.</param>
    /// <param name="target">Room for <paramref name="count"/> values.</param>
    public static void Gather(nint[] bases, long* rows, int count, int known, int width, byte* target)
    {
        fixed (nint* from = bases)
        {
            switch (width)
            {
                case 1: Narrow<byte>(from, rows, count, known, target); break;
                case 2: Narrow<ushort>(from, rows, count, known, target); break;
                case 4: Narrow<uint>(from, rows, count, known, target); break;
                case 8: Narrow<ulong>(from, rows, count, known, target); break;
                case 16: Narrow<Vector128<byte>>(from, rows, count, known, target); break;
                default: Wide(from, rows, count, known, width, target); break;
            }
        }
    }

    private static void Narrow<T>(nint* from, long* rows, int count, int known, byte* target)
        where T : unmanaged
    {
        var to = (T*)target;
        var ahead = Sse.IsSupported ? Math.Clamp(known - AheadNarrow, 0, count) : 0;
        var i = 0;
        for (; i < ahead; i++)
        {
            Sse.Prefetch0(At<T>(from, rows[i + AheadNarrow]));
            to[i] = *At<T>(from, rows[i]);
        }

        for (; i < count; i++)
        {
            to[i] = *At<T>(from, rows[i]);
        }
    }

    private static T* At<T>(nint* from, long row)
        where T : unmanaged => (T*)from[row >> 32] + (uint)row;

    private static void Wide(nint* from, long* rows, int count, int known, int width, byte* target)
    {
        var lines = Math.Min(width, MostLinesAhead * LineBytes);
        var ahead = Sse.IsSupported ? Math.Clamp(known - AheadWide, 0, count) : 0;
        for (var i = 0; i < count; i++, target += width)
        {
            if (i < ahead)
            {
                var next = (byte*)from[rows[i + AheadWide] >> 32] + ((long)(uint)rows[i + AheadWide] * width);
                for (var line = 0; line < lines; line += LineBytes)
                {
                    Sse.Prefetch0(next + line);
                }
            }

            CopyOne((byte*)from[rows[i] >> 32] + ((long)(uint)rows[i] * width), target, width);
        }
    }

    // The last vector overlaps the one before, so that no byte is copied singly from four bytes on.
    private static void CopyOne(byte* source, byte* target, int width)
    {
        if (width >= Vector256<byte>.Count)
        {
            var last = width - Vector256<byte>.Count;
            for (var at = 0; at < last; at += Vector256<byte>.Count)
            {
                Vector256.Load(source + at).Store(target + at);
            }

            Vector256.Load(source + last).Store(target + last);
        }
        else if (width >= sizeof(ulong))
        {
            var last = width - sizeof(ulong);
            for (var at = 0; at < last; at += sizeof(ulong))
            {
                *(ulong*)(target + at) = *(ulong*)(source + at);
            }

            *(ulong*)(target + last) = *(ulong*)(source + last);
        }
        else
        {
            for (var at = 0; at < width; at++)
            {
                target[at] = source[at];
            }
        }
    }
}
