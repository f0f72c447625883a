using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>How far two values are from each other.</summary>
/// <param name="IsEqual">Whether they are one value: NaN is NaN, 0 is -0, and an integer is the float that is as great.</param>
/// <param name="Absolute">The distance of two numbers; of lists, the greatest of their elements'; null for what has none.</param>
/// <param name="Relative">The distance as a share of the greater number.</param>
internal readonly record struct ValueDifference(bool IsEqual, double? Absolute, double? Relative)
{
    private static readonly ValueDifference Apart = new(false, null, null);

    /// <summary>Whether the values count as equal: two numbers no further apart than the tolerance, absolutely or relatively.</summary>
    public bool IsWithin(double tolerance) => IsEqual || Absolute <= tolerance || Relative <= tolerance;

    public static ValueDifference Of(FeatureValue one, FeatureValue other) => (one.Kind, other.Kind) switch
    {
        (FeatureValueKind.Integer, FeatureValueKind.Integer) => OfIntegers(one.AsInteger(), other.AsInteger()),
        (FeatureValueKind.List, FeatureValueKind.List) => OfLists(one.AsList(), other.AsList()),
        (FeatureValueKind.Decimal, FeatureValueKind.Decimal) when AreOne(one.AsDecimal(), other.AsDecimal()) => new(true, 0, 0),
        var (a, b) when IsNumber(a) && IsNumber(b) => OfFloats(Number(one), Number(other)),
        _ => one == other ? new(true, null, null) : Apart,
    };

    private static bool IsNumber(FeatureValueKind kind) => kind is FeatureValueKind.Integer or FeatureValueKind.Float or FeatureValueKind.Decimal;

    private static ValueDifference OfIntegers(long one, long other)
    {
        var distance = (double)Int128.Abs((Int128)one - other);
        return new(one == other, distance, distance == 0 ? 0 : distance / Math.Max(Math.Abs((double)one), Math.Abs((double)other)));
    }

    private static ValueDifference OfFloats(double one, double other)
    {
        if (one == other || double.IsNaN(one) && double.IsNaN(other))
        {
            return new(true, 0, 0);
        }

        // What is infinitely far away is so by any measure.
        var distance = double.IsNaN(one) || double.IsNaN(other) ? double.PositiveInfinity : Math.Abs(one - other);
        return new(false, distance, double.IsFinite(distance) ? distance / Math.Max(Math.Abs(one), Math.Abs(other)) : double.PositiveInfinity);
    }

    private static ValueDifference OfLists(IReadOnlyList<FeatureValue> one, IReadOnlyList<FeatureValue> other)
    {
        if (one.Count != other.Count)
        {
            return Apart;
        }

        var elements = one.Zip(other, Of).ToList();
        return new(
            elements.All(e => e.IsEqual),
            elements.Any(e => !e.IsEqual && e.Absolute is null) ? null : elements.Max(e => e.Absolute),
            elements.Any(e => !e.IsEqual && e.Relative is null) ? null : elements.Max(e => e.Relative));
    }

    private static bool AreOne((Int128 Unscaled, int Scale) one, (Int128 Unscaled, int Scale) other)
    {
        var (a, b) = (Plain(one), Plain(other));
        return a == b;
    }

    private static (Int128 Unscaled, int Scale) Plain((Int128 Unscaled, int Scale) value)
    {
        var (unscaled, scale) = value;
        while (scale > 0 && unscaled % 10 == 0)
        {
            (unscaled, scale) = (unscaled / 10, scale - 1);
        }

        return (unscaled, scale);
    }

    private static double Number(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Integer => value.AsInteger(),
        FeatureValueKind.Float => value.AsFloat(),
        _ => (double)value.AsDecimal().Unscaled / Math.Pow(10, value.AsDecimal().Scale),
    };
}
