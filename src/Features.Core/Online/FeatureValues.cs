using System.Globalization;
using System.Numerics;

namespace Features.Core.Online;

/// <summary>Values of a request as what they are declared to be. Only what loses nothing is done.</summary>
internal static class FeatureValues
{
    /// <summary>The kind of an Iceberg type's values; null for one that no request can bring.</summary>
    public static FeatureValueKind? KindOf(string type) => type switch
    {
        "int" or "long" => FeatureValueKind.Integer,
        "float" or "double" => FeatureValueKind.Float,
        "boolean" => FeatureValueKind.Boolean,
        "string" => FeatureValueKind.Text,
        "date" => FeatureValueKind.Date,
        "timestamp" or "timestamptz" => FeatureValueKind.Timestamp,
        "uuid" => FeatureValueKind.Uuid,
        "binary" => FeatureValueKind.Binary,
        _ when type.StartsWith("fixed", StringComparison.Ordinal) => FeatureValueKind.Binary,
        _ when type.StartsWith("decimal", StringComparison.Ordinal) => FeatureValueKind.Decimal,
        _ => null,
    };

    /// <summary>The value as one of a kind; null if it is none.</summary>
    public static FeatureValue? Coerce(FeatureValue value, FeatureValueKind? kind) => (value.Kind, kind) switch
    {
        (FeatureValueKind.Null, _) => value,
        var (from, to) when from == to => value,
        (FeatureValueKind.Integer, FeatureValueKind.Float) => FeatureValue.Of((double)value.AsInteger()),
        (FeatureValueKind.Integer, FeatureValueKind.Decimal) => FeatureValue.OfDecimal(value.AsInteger(), 0),
        (FeatureValueKind.Float, FeatureValueKind.Integer) when double.IsInteger(value.AsFloat()) && Math.Abs(value.AsFloat()) <= 1L << 53 => FeatureValue.Of((long)value.AsFloat()),
        (FeatureValueKind.Float, FeatureValueKind.Decimal) => DecimalOf(value.AsFloat().ToString("R", CultureInfo.InvariantCulture)),
        (FeatureValueKind.Text, FeatureValueKind.Decimal) => DecimalOf(value.AsText()),
        (FeatureValueKind.Text, FeatureValueKind.Date) => DateOnly.TryParseExact(value.AsText(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? FeatureValue.Of(day) : null,
        (FeatureValueKind.Text, FeatureValueKind.Timestamp) =>
            DateTimeOffset.TryParse(value.AsText(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) && moment.Ticks % TimeSpan.TicksPerMicrosecond == 0
                ? FeatureValue.Of(moment) : null,
        (FeatureValueKind.Text, FeatureValueKind.Uuid) => Guid.TryParse(value.AsText(), out var uuid) ? FeatureValue.Of(uuid) : null,
        (FeatureValueKind.Text, FeatureValueKind.Binary) => Bytes(value.AsText()),
        (FeatureValueKind.Timestamp, FeatureValueKind.Date) when value.AsMicros() % 86_400_000_000 == 0 => FeatureValue.OfDate((int)(value.AsMicros() / 86_400_000_000)),
        (FeatureValueKind.Date, FeatureValueKind.Timestamp) => FeatureValue.OfTimestamp(value.AsDays() * 86_400_000_000),
        _ => null,
    };

    private static FeatureValue? DecimalOf(string text)
    {
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var unscaled = (Int128)new BigInteger(number * Pow10(number.Scale));
        return FeatureValue.OfDecimal(unscaled, number.Scale);
    }

    private static decimal Pow10(int scale)
    {
        var power = 1m;
        for (var i = 0; i < scale; i++)
        {
            power *= 10;
        }

        return power;
    }

    // As JSON carries bytes.
    private static FeatureValue? Bytes(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? FeatureValue.Of(bytes[..length]) : null;
    }
}
