using System.Numerics;
using System.Runtime.InteropServices;

namespace Features.Flight.Validation;

/// <summary>Validity bits: the least significant first; none at all where nothing is null.</summary>
internal static class Bits
{
    public static bool IsSet(ReadOnlySpan<byte> bits, int index) => bits.IsEmpty || (bits[index >> 3] & (1 << (index & 7))) != 0;

    public static int CountSet(ReadOnlySpan<byte> bits, int length)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bits[..(length >> 6 << 3)]);
        var count = 0;
        foreach (var word in words)
        {
            count += BitOperations.PopCount(word);
        }

        for (var i = words.Length << 6; i < length; i++)
        {
            count += (bits[i >> 3] >> (i & 7)) & 1;
        }

        return count;
    }

    /// <summary>The first index whose bit is 0; <paramref name="length"/> if there is none.</summary>
    public static int FirstClear(ReadOnlySpan<byte> bits, int length)
    {
        var index = 0;
        while (index < length && IsSet(bits, index))
        {
            index++;
        }

        return index;
    }
}
