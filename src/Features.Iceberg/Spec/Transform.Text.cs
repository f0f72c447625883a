using System.Globalization;

namespace Features.Iceberg.Spec;

public sealed partial record Transform
{
    /// <summary>The identity transform.</summary>
    public static Transform Identity { get; } = new(TransformKind.Identity);

    /// <summary>Reads <c>identity</c>, <c>bucket[16]</c>, <c>truncate[4]</c>, <c>year</c>, <c>month</c>, <c>day</c>, <c>hour</c> (also in the plural) or <c>void</c>; anything else becomes an unknown transform that is written back as it was.</summary>
    public static Transform Parse(string text)
    {
        var name = text.ToLowerInvariant();
        return name switch
        {
            "identity" => Identity,
            "year" or "years" => new Transform(TransformKind.Year),
            "month" or "months" => new Transform(TransformKind.Month),
            "day" or "days" or "date" => new Transform(TransformKind.Day),
            "hour" or "hours" or "date_hour" => new Transform(TransformKind.Hour),
            "void" => new Transform(TransformKind.Void),
            _ when WidthOf(name, "bucket[") is { } width => new Transform(TransformKind.Bucket, width),
            _ when WidthOf(name, "truncate[") is { } width => new Transform(TransformKind.Truncate, width),
            _ => new Transform(TransformKind.Unknown, 0, text),
        };
    }

    /// <summary>The written form, as metadata holds it.</summary>
    public override string ToString() => Kind switch
    {
        TransformKind.Bucket => string.Create(CultureInfo.InvariantCulture, $"bucket[{Width}]"),
        TransformKind.Truncate => string.Create(CultureInfo.InvariantCulture, $"truncate[{Width}]"),
        TransformKind.Unknown => Text ?? "unknown",
        _ => Kind.ToString().ToLowerInvariant(),
    };

    /// <summary>A transformed value for people and paths, such as <c>2001-01-01</c> for a day; <c>null</c> for null. Not encoded.</summary>
    /// <param name="value">The transformed value.</param>
    /// <param name="source">The type of the source column.</param>
    public string ToHumanString(object? value, PrimitiveType source)
    {
        if (value is null)
        {
            return "null";
        }

        switch (Kind, value)
        {
            case (TransformKind.Year, int years):
                return Year(1970L + years);
            case (TransformKind.Month, int months):
                var (quotient, remainder) = Math.DivRem(months, 12);
                var (year, month) = remainder < 0 ? (quotient - 1, remainder + 12) : (quotient, remainder);
                return string.Create(CultureInfo.InvariantCulture, $"{Year(1970L + year)}-{month + 1:00}");
            case (TransformKind.Day, int days):
                return ValueText.Date(days);
            case (TransformKind.Hour, int hours):
                var day = FloorDivide(hours, 24);
                return string.Create(CultureInfo.InvariantCulture, $"{ValueText.Date((int)day)}-{hours - (day * 24):00}");
            case (TransformKind.Identity or TransformKind.Truncate, _):
                return ValueText.Format(value, source);
            default:
                return Convert.ToString(value, CultureInfo.InvariantCulture)!;
        }
    }

    private static string Year(long year) => string.Create(CultureInfo.InvariantCulture, $"{(year < 0 ? "-" : "")}{Math.Abs(year):0000}");

    private static int? WidthOf(string name, string start) =>
        name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(']')
        && int.TryParse(name.AsSpan(start.Length, name.Length - start.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width > 0
            ? width
            : null;
}
