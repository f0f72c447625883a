using System.Numerics;

namespace Features.Core.PointInTime.Kernel;

/// <summary>
/// The exact sum of the values in a window: added when they come in, taken off when they go out. The fixed-point number is as wide as the exponents of the key's values ask for, so that nothing is ever rounded before the end:
/// 128 bits for integers and most doubles, up to 34 limbs of 64 bits for doubles from end to end.
/// </summary>
internal sealed class RunningSum(bool isFloat)
{
    private Int128 narrow;
    private ulong[] wide = [];
    private int limbs;
    private int exponent;
    private int notNumbers, plusInfinities, minusInfinities;

    /// <summary>Starts with nothing; for values that lie within the range.</summary>
    public void Reset(BitRange range, int count)
    {
        (narrow, notNumbers, plusInfinities, minusInfinities) = (0, 0, 0, 0);
        exponent = range.Low;
        // One bit for the sign, and as many as the count may carry over.
        var bits = range.High - range.Low + BitOperations.Log2((uint)count | 1) + 2;
        limbs = bits <= 128 ? 0 : (bits + 63) / 64;
        if (limbs > 0)
        {
            wide = new ulong[limbs];
        }
    }

    public void Add(long cell) => Change(cell, 1);

    public void Remove(long cell) => Change(cell, -1);

    /// <summary>The sum, rounded once.</summary>
    public double AsDouble()
    {
        if (notNumbers > 0 || plusInfinities > 0 && minusInfinities > 0)
        {
            return double.NaN;
        }

        if (plusInfinities > 0 || minusInfinities > 0)
        {
            return plusInfinities > 0 ? double.PositiveInfinity : double.NegativeInfinity;
        }

        if (limbs == 0)
        {
            return FixedPoint.ToDouble([(ulong)narrow, (ulong)(narrow >> 64)], exponent);
        }

        return FixedPoint.ToDouble(wide.AsSpan().ToArray(), exponent);
    }

    /// <summary>The sum of integers; null if it does not fit.</summary>
    public long? AsInt64() => limbs == 0 ? narrow >= long.MinValue && narrow <= long.MaxValue ? (long)narrow : null : FixedPoint.ToInt64(wide);

    private void Change(long cell, int sign)
    {
        var (mantissa, shift) = (cell, 0);
        if (isFloat)
        {
            var value = OrderedDouble.Decode(cell);
            if (!double.IsFinite(value))
            {
                ref var special = ref (double.IsNaN(value) ? ref notNumbers : ref value > 0 ? ref plusInfinities : ref minusInfinities);
                special += sign;
                return;
            }

            if (value == 0)
            {
                return;
            }

            (mantissa, shift) = FixedPoint.Split(value);
            shift -= exponent;
        }

        if (limbs == 0)
        {
            narrow += sign * ((Int128)mantissa << shift);
        }
        else
        {
            FixedPoint.Add(wide, sign * mantissa, shift);
        }
    }
}
