using System.Numerics;
using System.Runtime.InteropServices;

namespace Features.Flight.Layout;

/// <summary>Bitmaps, least significant bit first, as Arrow has them.</summary>
internal static unsafe class Bits
{
    public static bool IsSet(byte* bits, long index) => (bits[index >> 3] & (1 << (int)(index & 7))) != 0;

    /// <summary>Bytes of a bitmap.</summary>
    public static int BytesFor(int count) => (int)(((long)count + 7) / 8);

    /// <summary>The bits of rows, one behind another; the rest of the last byte is zero.</summary>
    /// <param name="bases">Each chunk's bitmap; 0 where all bits are set.</param>
    /// <param name="offsets">The bit at which each chunk begins.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="target">Room for them.</param>
    /// <returns>How many are set.</returns>
    public static int Gather(nint[] bases, int[] offsets, in RowSet rows, byte* target)
    {
        var bytes = new Span<byte>(target, BytesFor(rows.Rows));
        bytes.Clear();
        if (rows.Counts is null)
        {
            GatherRows(bases, offsets, rows, target);
        }
        else
        {
            var to = 0L;
            for (var run = 0; run < rows.Runs; run++)
            {
                var chunk = RowAddress.Chunk(rows.Addresses[run]);
                Copy((byte*)bases[chunk], offsets[chunk] + (long)RowAddress.Index(rows.Addresses[run]), target, to, rows.Counts[run]);
                to += rows.Counts[run];
            }
        }

        return Count(bytes);
    }

    /// <summary>Copies bits to where all bits are zero; sets them where there is no source.</summary>
    public static void Copy(byte* source, long from, byte* target, long to, long count)
    {
        for (; count > 0 && (to & 7) != 0; from++, to++, count--)
        {
            CopyOne(source, from, target, to);
        }

        var whole = count / 8;
        if (whole > 0)
        {
            CopyBytes(source is null ? null : source + (from >> 3), (int)(from & 7), target + (to >> 3), whole);
            (from, to, count) = (from + (whole * 8), to + (whole * 8), count - (whole * 8));
        }

        for (; count > 0; from++, to++, count--)
        {
            CopyOne(source, from, target, to);
        }
    }

    public static int Count(ReadOnlySpan<byte> bits)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bits);
        var set = 0;
        foreach (var word in words)
        {
            set += BitOperations.PopCount(word);
        }

        foreach (var rest in bits[(words.Length * sizeof(ulong))..])
        {
            set += BitOperations.PopCount(rest);
        }

        return set;
    }

    private static void CopyOne(byte* source, long from, byte* target, long to)
    {
        if (source is null || IsSet(source, from))
        {
            target[to >> 3] |= (byte)(1 << (int)(to & 7));
        }
    }

    private static void CopyBytes(byte* source, int shift, byte* target, long bytes)
    {
        if (source is null)
        {
            new Span<byte>(target, (int)bytes).Fill(0xFF);
            return;
        }

        if (shift == 0)
        {
            Buffer.MemoryCopy(source, target, bytes, bytes);
            return;
        }

        // Each word takes its last bits from the byte behind it, which holds bits that are wanted and so exists.
        var at = 0L;
        for (; at + sizeof(ulong) <= bytes; at += sizeof(ulong))
        {
            *(ulong*)(target + at) = (*(ulong*)(source + at) >> shift) | ((ulong)source[at + sizeof(ulong)] << (64 - shift));
        }

        for (; at < bytes; at++)
        {
            target[at] = (byte)((source[at] >> shift) | (source[at + 1] << (8 - shift)));
        }
    }

    private static void GatherRows(nint[] bases, int[] offsets, in RowSet rows, byte* target)
    {
        for (var first = 0; first < rows.Rows; first += 8)
        {
            var set = 0;
            var count = Math.Min(8, rows.Rows - first);
            for (var bit = 0; bit < count; bit++)
            {
                var row = rows.Addresses[first + bit];
                var chunk = RowAddress.Chunk(row);
                var source = (byte*)bases[chunk];
                if (source is null)
                {
                    set |= 1 << bit;
                }
                else
                {
                    var index = (uint)(offsets[chunk] + RowAddress.Index(row));
                    set |= ((source[index >> 3] >> (int)(index & 7)) & 1) << bit;
                }
            }

            target[first >> 3] = (byte)set;
        }
    }
}
