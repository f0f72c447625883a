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
    // What writers cut texts to by default, in characters or, some of them, in bytes.
    private const int TruncatedBytes = 16;

    /// <summary>Nothing is known.</summary>
    public static ValueRange Unknown(PrimitiveType type) => new(type, true, IsFloating(type), true, null, null);

    /// <summary>One exact value, or null.</summary>
    public static ValueRange Of(PrimitiveType type, object? value)
    {
        var isNan = IsNan(value);
        var bound = value is null || isNan ? null : value;
        return new(type, value is null, isNan, bound is not null, bound, bound) { IsPoint = true };
    }

    /// <summary>
    /// Bounds in binary; what cannot be decoded counts as unknown, and so does what writers are known to have left that cannot be: NaN, and a lower bound above the upper one. Texts may end in zeros that
    /// stood in the writer's buffer behind the lower bound, and may be cut in the upper one without being raised.
    /// </summary>
    public static ValueRange Of(PrimitiveType type, bool canBeNull, bool canBeNan, bool canHaveValues, byte[]? lower, byte[]? upper)
    {
        var isText = type.Kind == PrimitiveKind.String;
        var (least, greatest) = (Decode(isText ? lower?.AsSpan().TrimEnd((byte)0).ToArray() : lower, type), Decode(upper, type));
        var range = new ValueRange(type, canBeNull, canBeNan && IsFloating(type), canHaveValues, least, greatest)
        {
            MayBeCut = upper?.Length >= TruncatedBytes && (isText || type.Kind == PrimitiveKind.Binary),
        };
        return least is not null && greatest is not null && !range.EndsAtOrAbove(least) ? range with { Lower = null, Upper = null } : range;
    }

    /// <summary>True if <see cref="Lower"/> and <see cref="Upper"/> are the one value of every row, rather than a metric.</summary>
    public bool IsPoint { get; init; }

    /// <summary>True if values may lie above <see cref="Upper"/> that begin with it.</summary>
    public bool MayBeCut { get; init; }

    /// <summary>True if the lower bound is not above <paramref name="value"/>, or unknown; zeros are equal whatever their sign.</summary>
    public bool StartsAtOrBelow(object value) => Lower is null || Order(Lower, value) <= 0;

    /// <summary>True if the lower bound is below <paramref name="value"/>, or unknown.</summary>
    public bool StartsBelow(object value) => Lower is null || Order(Lower, value) < 0;

    /// <summary>True if the upper bound is not below <paramref name="value"/>, or unknown.</summary>
    public bool EndsAtOrAbove(object value) => Upper is null || Order(Upper, value) >= 0 || IsBeyondCut(value);

    /// <summary>True if the upper bound is above <paramref name="value"/>, or unknown.</summary>
    public bool EndsAbove(object value) => Upper is null || Order(Upper, value) > 0 || IsBeyondCut(value);

    public bool MayContain(object value) => StartsAtOrBelow(value) && EndsAtOrAbove(value);

    /// <summary>True if every value is surely equal to <paramref name="value"/>.</summary>
    public bool IsOnly(object value) => !MayBeCut && Lower is not null && Upper is not null && Order(Lower, value) == 0 && Order(Upper, value) == 0;

    public static bool IsNan(object? value) => value is double.NaN or float.NaN;

    private static bool IsFloating(PrimitiveType type) => type.Kind is PrimitiveKind.Float or PrimitiveKind.Double;

    private bool IsBeyondCut(object value) => MayBeCut && (value, Upper) switch
    {
        (string text, string upper) => text.StartsWith(upper, StringComparison.Ordinal),
        (byte[] bytes, byte[] upper) => bytes.AsSpan().StartsWith(upper),
        _ => false,
    };

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
