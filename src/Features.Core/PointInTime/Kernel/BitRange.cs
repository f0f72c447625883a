using System.Numerics;

namespace Features.Core.PointInTime.Kernel;

/// <summary>The lowest and one past the highest bit that any of some values sets; the bit of weight 1 is number 0.</summary>
internal readonly record struct BitRange(int Low, int High)
{
    public static BitRange OfFloats(ReadOnlySpan<long> cells, ReadOnlySpan<bool> isNull)
    {
        var (low, high) = (int.MaxValue, int.MinValue);
        for (var i = 0; i < cells.Length; i++)
        {
            var value = OrderedDouble.Decode(cells[i]);
            if (isNull[i] || value == 0 || !double.IsFinite(value))
            {
                continue;
            }

            var (mantissa, shift) = FixedPoint.Split(value);
            low = Math.Min(low, shift);
            high = Math.Max(high, shift + 64 - BitOperations.LeadingZeroCount((ulong)Math.Abs(mantissa)));
        }

        return low == int.MaxValue ? new(0, 1) : new(low, high);
    }

    public static BitRange OfIntegers(ReadOnlySpan<long> cells, ReadOnlySpan<bool> isNull)
    {
        var bits = 0UL;
        for (var i = 0; i < cells.Length; i++)
        {
            bits |= isNull[i] ? 0 : (ulong)(cells[i] ^ (cells[i] >> 63));
        }

        return new(0, 65 - BitOperations.LeadingZeroCount(bits));
    }
}
