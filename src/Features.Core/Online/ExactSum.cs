using System.Numerics;
using Features.Core.PointInTime;

namespace Features.Core.Online;

/// <summary>
/// An exact sum: of doubles as one fixed-point number from the least to the greatest double and 64 carries beyond, and what is not finite beside it; of integers likewise with an exponent of 0. Nothing is rounded before
/// the end, so sums of parts are the sum of all, whatever the parts.
/// </summary>
internal sealed class ExactSum(bool isFloat)
{
    private const int FloatLimbs = (1074 + 1024 + 64 + 63) / 64 + 1;
    private const int IntegerLimbs = 4;
    private const int LeastExponent = -1074;
    private readonly ulong[] limbs = new ulong[isFloat ? FloatLimbs : IntegerLimbs];
    private readonly ulong[] scratch = new ulong[isFloat ? FloatLimbs : IntegerLimbs];
    private bool hasNaN, hasPlus, hasMinus, isUsed;

    public void Reset()
    {
        if (isUsed)
        {
            limbs.AsSpan().Clear();
            (hasNaN, hasPlus, hasMinus, isUsed) = (false, false, false, false);
        }
    }

    public void Add(double value)
    {
        isUsed = true;
        if (!double.IsFinite(value))
        {
            hasNaN |= double.IsNaN(value);
            hasPlus |= value > 0;
            hasMinus |= value < 0;
        }
        else if (value != 0)
        {
            var (mantissa, exponent) = FixedPoint.Split(value);
            FixedPoint.Add(limbs, mantissa, exponent - LeastExponent);
        }
    }

    public void Add(Int128 value)
    {
        isUsed = true;
        var low = (ulong)value;
        FixedPoint.Add(limbs, (long)(value >> 64), 64);

        // The low half is unsigned: as a signed number it is 2^64 less where its highest bit is set.
        FixedPoint.Add(limbs, (long)low, 0);
        if ((long)low < 0)
        {
            FixedPoint.Add(limbs, 1, 64);
        }
    }

    /// <summary>The sum, rounded once.</summary>
    public double ToDouble()
    {
        if (hasNaN || hasPlus && hasMinus)
        {
            return double.NaN;
        }

        if (hasPlus || hasMinus)
        {
            return hasPlus ? double.PositiveInfinity : double.NegativeInfinity;
        }

        limbs.CopyTo(scratch, 0);
        return FixedPoint.ToDouble(scratch, isFloat ? LeastExponent : 0);
    }

    /// <summary>The sum of integers; null if it does not fit 64 bits.</summary>
    public long? ToInt64() => FixedPoint.ToInt64(limbs);

    /// <summary>The sum of integers.</summary>
    public BigInteger ToBigInteger() => new(System.Runtime.InteropServices.MemoryMarshal.AsBytes(limbs.AsSpan()), isUnsigned: false, isBigEndian: false);

    /// <summary>The limbs that say something: those above repeat the sign, those below are 0.</summary>
    public void Write(ByteWriter writer)
    {
        writer.Byte((byte)((hasNaN ? 1 : 0) | (hasPlus ? 2 : 0) | (hasMinus ? 4 : 0)));
        var end = limbs.Length;
        while (end > 1 && limbs[end - 1] == (ulong)((long)limbs[end - 2] >> 63))
        {
            end--;
        }

        var start = 0;
        while (start < end && limbs[start] == 0)
        {
            start++;
        }

        writer.Byte((byte)start).Byte((byte)(end - start));
        for (var i = start; i < end; i++)
        {
            writer.Fixed64((long)limbs[i]);
        }
    }

    /// <summary>Adds what another wrote.</summary>
    public void AddWritten(ref ByteCursor cursor)
    {
        isUsed = true;
        var flags = cursor.Byte();
        hasNaN |= (flags & 1) != 0;
        hasPlus |= (flags & 2) != 0;
        hasMinus |= (flags & 4) != 0;
        var (start, count) = (cursor.Byte(), cursor.Byte());
        if (count == 0)
        {
            return;
        }

        scratch.AsSpan().Clear();
        for (var i = 0; i < count; i++)
        {
            scratch[start + i] = (ulong)cursor.Fixed64();
        }

        scratch.AsSpan(start + count).Fill((ulong)((long)scratch[start + count - 1] >> 63));
        FixedPoint.Accumulate(limbs, scratch, subtract: false);
    }
}
