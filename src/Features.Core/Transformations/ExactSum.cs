using System.Numerics;
using Features.Core.PointInTime;

namespace Features.Core.Transformations;

/// <summary>
/// The exact sum of numbers, or of their squares, whatever their order: 32-bit chunks with room for carries, from below the square of the least double to above the square of the greatest
/// (the "small superaccumulator" of Neal, arXiv:1505.05571, made wide enough for squares).
/// </summary>
internal sealed class ExactSum
{
    /// <summary>The sum counts in units of 2 to this power: the square of the least double.</summary>
    public const int Unit = -2148;

    private const int MaxPending = 1 << 28;
    private readonly long[] chunks = new long[((2048 - Unit) / 32) + 8];
    private int pending;

    /// <summary>The sum in units of 2^<see cref="Unit"/>.</summary>
    public BigInteger Total
    {
        get
        {
            Carry();
            var total = BigInteger.Zero;
            for (var i = chunks.Length - 1; i >= 0; i--)
            {
                total = (total << 32) + chunks[i];
            }

            return total;
        }
    }

    /// <summary>Adds a finite number.</summary>
    public void Add(double value)
    {
        if (value != 0)
        {
            var (mantissa, exponent) = FixedPoint.Split(value);
            Add((UInt128)Math.Abs(mantissa), exponent, value < 0);
        }
    }

    /// <summary>Adds the square of a finite number.</summary>
    public void AddSquare(double value)
    {
        if (value != 0)
        {
            var (mantissa, exponent) = FixedPoint.Split(value);
            Add((UInt128)Math.Abs(mantissa) * (UInt128)Math.Abs(mantissa), 2 * exponent, false);
        }
    }

    /// <summary>numerator / denominator * 2^exponent as the nearest double.</summary>
    public static double Divide(BigInteger numerator, BigInteger denominator, int exponent)
    {
        if (numerator.IsZero)
        {
            return 0;
        }

        // Enough bits for one rounding; what is below them only says whether anything is.
        var (magnitude, shift) = (BigInteger.Abs(numerator), 66 - (int)(numerator.GetBitLength() - denominator.GetBitLength()));
        var quotient = BigInteger.DivRem(shift > 0 ? magnitude << shift : magnitude, shift > 0 ? denominator : denominator << -shift, out var rest);
        quotient = (quotient << 1) + (rest.IsZero ? 0 : 1);
        Span<ulong> limbs = [(ulong)(quotient & ulong.MaxValue), (ulong)(quotient >> 64), 0];
        var value = FixedPoint.ToDouble(limbs, exponent - shift - 1);
        return numerator.Sign < 0 ? -value : value;
    }

    /// <summary>The square root of numerator / denominator * 2^exponent; the fraction may lie outside a double's range.</summary>
    public static double Root(BigInteger numerator, BigInteger denominator, int exponent)
    {
        var half = ((int)(numerator.GetBitLength() - denominator.GetBitLength()) + exponent) >> 1;
        return Math.ScaleB(Math.Sqrt(Divide(numerator, denominator, exponent - (2 * half))), half);
    }

    private void Add(UInt128 magnitude, int exponent, bool isNegative)
    {
        var offset = exponent - Unit;
        for (var chunk = offset >> 5; magnitude != 0; chunk++, magnitude >>= 32)
        {
            var part = (ulong)(uint)magnitude << (offset & 31);
            var (low, high) = ((long)(uint)part, (long)(part >> 32));
            chunks[chunk] += isNegative ? -low : low;
            chunks[chunk + 1] += isNegative ? -high : high;
        }

        if (++pending == MaxPending)
        {
            Carry();
        }
    }

    private void Carry()
    {
        pending = 0;
        for (var i = 0; i < chunks.Length - 1; i++)
        {
            chunks[i + 1] += chunks[i] >> 32;
            chunks[i] &= uint.MaxValue;
        }
    }
}
