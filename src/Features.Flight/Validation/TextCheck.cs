using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Apache.Arrow;

namespace Features.Flight.Validation;

/// <summary>Whether strings are UTF-8, each by itself.</summary>
internal static class TextCheck
{
    public static void Run<T>(string path, ArrayData data)
        where T : unmanaged, IBinaryInteger<T>
    {
        var offsets = MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span)[..(data.Length + 1)];
        var values = data.Buffers[2].Span;
        if (IsWhole(values, offsets))
        {
            return;
        }

        var bits = data.Buffers[0].Span;
        for (var i = 0; i < data.Length; i++)
        {
            if (Bits.IsSet(bits, i) && !Utf8.IsValid(values[int.CreateTruncating(offsets[i])..int.CreateTruncating(offsets[i + 1])]))
            {
                throw new IpcFormatException(path, i, "its text is no UTF-8; send bytes as binary");
            }
        }
    }

    // All texts at once, which is fast: they are UTF-8 if all of it is and none begins within a character.
    private static bool IsWhole<T>(ReadOnlySpan<byte> values, ReadOnlySpan<T> offsets)
        where T : unmanaged, IBinaryInteger<T>
    {
        var used = values[int.CreateTruncating(offsets[0])..int.CreateTruncating(offsets[^1])];
        if (!Utf8.IsValid(used))
        {
            return false;
        }

        if (System.Text.Ascii.IsValid(used))
        {
            return true;
        }

        foreach (var offset in offsets)
        {
            var start = int.CreateTruncating(offset);
            if (start < values.Length && (values[start] & 0xC0) == 0x80)
            {
                return false;
            }
        }

        return true;
    }
}
