using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>What is known of the values of a column or partition field in a file or manifest.</summary>
/// <param name="Type">The values' type.</param>
/// <param name="CanBeNull">False if there is surely no null.</param>
/// <param name="CanBeNan">False if there is surely no NaN.</param>
/// <param name="CanHaveValues">False if all are surely null or NaN.</param>
/// <param name="Lower">No value (NaN apart) is below it; null if unknown.</param>
/// <param name="Upper">No value (NaN apart) is above it; null if unknown.</param>
internal sealed record ValueRange(PrimitiveType Type, bool CanBeNull, bool CanBeNan, bool CanHaveValues, object? Lower, object? Upper)
{
    /// <summary>Nothing is known.</summary>
    public static ValueRange Unknown(PrimitiveType type) => new(type, true, IsFloating(type), true, null, null);

    /// <summary>One exact value, or null.</summary>
    public static ValueRange Of(PrimitiveType type, object? value)
    {
        var isNan = IsNan(value);
        var bound = value is null || isNan ? null : value;
        return new(type, value is null, isNan, bound is not null, bound, bound) { IsPoint = true };
    }

    /// <summary>Bounds in binary; what cannot be decoded, or is NaN as old writers left it, counts as unknown.</summary>
    public static ValueRange Of(PrimitiveType type, bool canBeNull, bool canBeNan, bool canHaveValues, byte[]? lower, byte[]? upper) =>
        new(type, canBeNull, canBeNan && IsFloating(type), canHaveValues, Decode(lower, type), Decode(upper, type));

    /// <summary>True if <see cref="Lower"/> and <see cref="Upper"/> are the one value of every row, rather than a metric.</summary>
    public bool IsPoint { get; init; }

    /// <summary>True if the lower bound is not above <paramref name="value"/>, or unknown; zeros are equal whatever their sign.</summary>
    public bool StartsAtOrBelow(object value) => Lower is null || Order(Lower, value) <= 0;

    /// <summary>True if the lower bound is below <paramref name="value"/>, or unknown.</summary>
    public bool StartsBelow(object value) => Lower is null || Order(Lower, value) < 0;

    /// <summary>True if the upper bound is not below <paramref name="value"/>, or unknown.</summary>
    public bool EndsAtOrAbove(object value) => Upper is null || Order(Upper, value) >= 0;

    /// <summary>True if the upper bound is above <paramref name="value"/>, or unknown.</summary>
    public bool EndsAbove(object value) => Upper is null || Order(Upper, value) > 0;

    public bool MayContain(object value) => StartsAtOrBelow(value) && EndsAtOrAbove(value);

    /// <summary>True if every value is surely equal to <paramref name="value"/>.</summary>
    public bool IsOnly(object value) => Lower is not null && Upper is not null && Order(Lower, value) == 0 && Order(Upper, value) == 0;

    public static bool IsNan(object? value) => value is double.NaN or float.NaN;

    private static bool IsFloating(PrimitiveType type) => type.Kind is PrimitiveKind.Float or PrimitiveKind.Double;

    // Rows are compared by SQL, for which the two zeros are one; bounds and literals must not tell them apart.
    private int Order(object left, object right) => SingleValue.Compare(Unsigned(left), Unsigned(right), Type);

    private static object Unsigned(object value) => value switch
    {
        0.0 => 0.0,
        0.0f => 0.0f,
        _ => value,
    };

    private static object? Decode(byte[]? bytes, PrimitiveType type)
    {
        if (bytes is null || (bytes.Length == 0 && type.Kind is not (PrimitiveKind.String or PrimitiveKind.Binary)))
        {
            return null;
        }

        try
        {
            var value = SingleValue.FromBinary(bytes, type);
            return IsNan(value) ? null : value;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
