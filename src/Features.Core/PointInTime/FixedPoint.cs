using System.Numerics;

namespace Features.Core.PointInTime;

/// <summary>Exact numbers as integers of some 64-bit limbs (two's complement, least first) times a power of two; and how they become doubles, rounded once.</summary>
internal static class FixedPoint
{
    /// <summary>A finite double other than 0 as mantissa times 2^exponent, the mantissa odd.</summary>
    public static (long Mantissa, int Exponent) Split(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var biased = (int)(bits >> 52) & 0x7FF;
        var mantissa = bits & 0xF_FFFF_FFFF_FFFF | (biased == 0 ? 0 : 1L << 52);
        var exponent = Math.Max(biased, 1) - 1075;
        var zeros = BitOperations.TrailingZeroCount(mantissa);
        return (value < 0 ? -(mantissa >> zeros) : mantissa >> zeros, exponent + zeros);
    }

    /// <summary>Adds value times 2^shift to an accumulator that is wide enough for it.</summary>
    public static void Add(Span<ulong> limbs, long value, int shift)
    {
        var (limb, bit) = (shift >> 6, shift & 63);
        var low = (ulong)value << bit;
        var high = bit == 0 ? (ulong)(value >> 63) : (ulong)(value >> (64 - bit));
        var sign = (ulong)(value >> 63);
        var carry = 0UL;
        for (var i = limb; i < limbs.Length; i++)
        {
            var term = i == limb ? low : i == limb + 1 ? high : sign;
            var sum = limbs[i] + term;
            var carried = sum + carry;
            carry = (sum < term ? 1UL : 0) | (carried < sum ? 1UL : 0);
            limbs[i] = carried;
        }
    }

    /// <summary>Adds (or subtracts) one accumulator to another of the same width.</summary>
    public static void Accumulate(Span<ulong> limbs, ReadOnlySpan<ulong> other, bool subtract)
    {
        var carry = subtract ? 1UL : 0;
        for (var i = 0; i < limbs.Length; i++)
        {
            var term = subtract ? ~other[i] : other[i];
            var sum = limbs[i] + term;
            var carried = sum + carry;
            carry = (sum < term ? 1UL : 0) | (carried < sum ? 1UL : 0);
            limbs[i] = carried;
        }
    }

    /// <summary>The value as a 64-bit integer, or null if it does not fit. The exponent is 0.</summary>
    public static long? ToInt64(ReadOnlySpan<ulong> limbs)
    {
        var value = (long)limbs[0];
        foreach (var limb in limbs[1..])
        {
            if (limb != (ulong)(value >> 63))
            {
                return null;
            }
        }

        return value;
    }

    /// <summary>The nearest double to limbs times 2^exponent, ties to even. The limbs are overwritten. The exponent is at least -1074, so what is not exact is not subnormal.</summary>
    public static double ToDouble(Span<ulong> limbs, int exponent)
    {
        var isNegative = (long)limbs[^1] < 0;
        if (isNegative)
        {
            Negate(limbs);
        }

        var top = limbs.Length - 1;
        while (top >= 0 && limbs[top] == 0)
        {
            top--;
        }

        if (top < 0)
        {
            return 0;
        }

        // The 64 highest bits, and in the lowest of them whether anything below is set: more than enough to round to 53 once.
        var zeros = BitOperations.LeadingZeroCount(limbs[top]);
        var head = limbs[top] << zeros;
        var rest = false;
        if (top > 0)
        {
            head |= zeros == 0 ? 0 : limbs[top - 1] >> (64 - zeros);
            rest = limbs[top - 1] << zeros != 0 || limbs[..(top - 1)].ContainsAnyExcept(0UL);
        }

        const ulong Half = 1UL << 10;
        var below = head & ((1UL << 11) - 1);
        var mantissa = head >> 11;
        mantissa += below > Half || below == Half && (rest || (mantissa & 1) == 1) ? 1UL : 0;
        var magnitude = Math.ScaleB((double)mantissa, exponent + top * 64 - zeros + 11);
        return isNegative ? -magnitude : magnitude;
    }

    private static void Negate(Span<ulong> limbs)
    {
        var carry = 1UL;
        for (var i = 0; i < limbs.Length; i++)
        {
            limbs[i] = ~limbs[i] + carry;
            carry = carry == 1 && limbs[i] == 0 ? 1UL : 0;
        }
    }
}
