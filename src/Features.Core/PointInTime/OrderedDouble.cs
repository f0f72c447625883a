namespace Features.Core.PointInTime;

/// <summary>Doubles as integers of the same order: -0 equals 0, and the one NaN is the greatest, as in the canonical row order.</summary>
internal static class OrderedDouble
{
    public static long Encode(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(double.IsNaN(value) ? Math.Abs(double.NaN) : value + 0.0);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }

    public static double Decode(long cell) => BitConverter.Int64BitsToDouble(cell ^ ((cell >> 63) & long.MaxValue));
}
