using System.Globalization;
using System.Numerics;

namespace Features.Iceberg.Spec;

/// <summary>Values as ISO 8601 and plain decimal text, as Appendix D writes them in JSON and partition paths show them.</summary>
internal static class ValueText
{
    private const long MicrosPerSecond = 1_000_000;
    private const long SecondsPerDay = 86_400;

    private static readonly int EpochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>The text of a value; temporal types in ISO 8601, the tz types with <c>+00:00</c>.</summary>
    public static string Format(object value, PrimitiveType type) => (type.Kind, value) switch
    {
        (PrimitiveKind.Decimal, BigInteger unscaled) => Decimal(unscaled, type.Scale),
        (PrimitiveKind.Date, int days) => Date(days),
        (PrimitiveKind.Time, long micros) => Time(micros, MicrosPerSecond),
        (PrimitiveKind.Timestamp, long micros) => Timestamp(micros, MicrosPerSecond),
        (PrimitiveKind.TimestampTz, long micros) => Timestamp(micros, MicrosPerSecond) + "+00:00",
        (PrimitiveKind.TimestampNs, long nanos) => Timestamp(nanos, MicrosPerSecond * 1000),
        (PrimitiveKind.TimestampTzNs, long nanos) => Timestamp(nanos, MicrosPerSecond * 1000) + "+00:00",
        (PrimitiveKind.Fixed or PrimitiveKind.Binary, byte[] bytes) => Convert.ToBase64String(bytes),
        (PrimitiveKind.Boolean, bool b) => b ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>Reads a text as a value; null if it is none.</summary>
    public static object? TryParse(string text, PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.String => text,
        PrimitiveKind.Uuid => Guid.TryParse(text, out var guid) ? guid : null,
        PrimitiveKind.Decimal => ParseDecimal(text, type),
        PrimitiveKind.Date => ParseDate(text),
        PrimitiveKind.Time => ParseTime(text, MicrosPerSecond),
        PrimitiveKind.Timestamp => ParseTimestamp(text, MicrosPerSecond, zoned: false),
        PrimitiveKind.TimestampTz => ParseTimestamp(text, MicrosPerSecond, zoned: true),
        PrimitiveKind.TimestampNs => ParseTimestamp(text, MicrosPerSecond * 1000, zoned: false),
        PrimitiveKind.TimestampTzNs => ParseTimestamp(text, MicrosPerSecond * 1000, zoned: true),
        _ => null,
    };

    /// <summary>A date; years outside 1..9999 are written with their sign.</summary>
    public static string Date(int days)
    {
        var day = (long)EpochDay + days;
        if (day >= 0 && day <= DateOnly.MaxValue.DayNumber)
        {
            return DateOnly.FromDayNumber((int)day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }

        // The Gregorian calendar repeats every 400 years of 146,097 days.
        var cycles = (long)Math.Floor(day / 146_097.0);
        var within = DateOnly.FromDayNumber((int)(day - (cycles * 146_097)));
        var year = within.Year + (cycles * 400);
        return string.Create(CultureInfo.InvariantCulture, $"{(year > 9999 ? "+" : year < 0 ? "-" : "")}{Math.Abs(year):0000}-{within:MM-dd}");
    }

    /// <summary>A plain decimal with all digits of its scale.</summary>
    public static string Decimal(BigInteger unscaled, int scale)
    {
        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var text = scale == 0 ? digits : $"{digits[..^scale]}.{digits[^scale..]}";
        return unscaled.Sign < 0 ? "-" + text : text;
    }

    private static string Timestamp(long ticks, long perSecond)
    {
        var day = (long)Math.Floor((decimal)ticks / (SecondsPerDay * perSecond));
        return $"{Date((int)day)}T{Time(ticks - (day * SecondsPerDay * perSecond), perSecond)}";
    }

    private static string Time(long ticks, long perSecond)
    {
        var (seconds, fraction) = Math.DivRem(ticks, perSecond);
        var digits = perSecond == MicrosPerSecond ? "000000" : "000000000";
        var text = string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        return fraction == 0 ? text : $"{text}.{fraction.ToString(digits, CultureInfo.InvariantCulture)}";
    }

    private static BigInteger? ParseDecimal(string text, PrimitiveType type)
    {
        var exponentAt = text.AsSpan().IndexOfAny('e', 'E');
        var exponent = 0;
        if (exponentAt >= 0 && (!int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > 100))
        {
            return null;
        }

        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? mantissa : mantissa.Remove(point, 1);
        if (digits.Length > 200 || !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unscaled))
        {
            return null;
        }

        var shift = type.Scale + exponent - (point < 0 ? 0 : mantissa.Length - point - 1);
        if (shift >= 0)
        {
            unscaled *= BigInteger.Pow(10, shift);
        }
        else
        {
            unscaled = BigInteger.DivRem(unscaled, BigInteger.Pow(10, -shift), out var lost);
            if (!lost.IsZero)
            {
                return null;
            }
        }

        return BigInteger.Abs(unscaled) < BigInteger.Pow(10, type.Precision) ? unscaled : null;
    }

    private static int? ParseDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date.DayNumber - EpochDay
        : TryParseSignedDate(text);

    private static int? TryParseSignedDate(string text)
    {
        var sign = text.Length > 0 && text[0] is '+' or '-' ? text[0] : ' ';
        var parts = (sign == ' ' ? text : text[1..]).Split('-');
        if (parts.Length != 3 || parts[0].Length < 4 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year > 6_000_000)
        {
            return null;
        }

        year = sign == '-' ? -year : year;
        var cycles = (int)Math.Floor((year - 1) / 400.0);
        return DateOnly.TryParseExact(
            string.Create(CultureInfo.InvariantCulture, $"{year - (cycles * 400):0000}-{parts[1]}-{parts[2]}"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var within)
            ? (long)within.DayNumber + ((long)cycles * 146_097) - EpochDay is >= int.MinValue and <= int.MaxValue and var days ? (int)days : null
            : null;
    }

    private static long? ParseTime(string text, long perSecond)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? text : text[..dot];
        if (whole.Length == 5)
        {
            whole += ":00";
        }

        if (!TimeOnly.TryParseExact(whole, "HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return null;
        }

        var seconds = time.Ticks / TimeSpan.TicksPerSecond;
        if (dot < 0)
        {
            return seconds * perSecond;
        }

        // Digits finer than the type's unit would be lost, so they must be zeros.
        var width = perSecond == MicrosPerSecond ? 6 : 9;
        var fraction = text[(dot + 1)..];
        return fraction.Length is 0 or > 18 || fraction.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0 || fraction.Length > width && fraction.AsSpan(width).IndexOfAnyExcept('0') >= 0
            ? null
            : (seconds * perSecond) + long.Parse(fraction.PadRight(width, '0').AsSpan(0, width), CultureInfo.InvariantCulture);
    }

    private static long? ParseTimestamp(string text, long perSecond, bool zoned)
    {
        var separator = text.AsSpan().IndexOfAny('T', ' ');
        var offsetSeconds = 0L;
        var end = text.Length;
        if (separator < 0)
        {
            return null;
        }

        if (zoned)
        {
            var zone = text.AsSpan(separator).LastIndexOfAny('+', '-', 'Z');
            if (zone < 0)
            {
                return null;
            }

            end = separator + zone;
            if (text[end] != 'Z')
            {
                if (!TimeOnly.TryParseExact(text.AsSpan(end + 1), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var offset))
                {
                    return null;
                }

                offsetSeconds = offset.Ticks / TimeSpan.TicksPerSecond * (text[end] == '-' ? -1 : 1);
            }
            else if (end != text.Length - 1)
            {
                return null;
            }
        }

        if (ParseDate(text[..separator]) is not { } days || ParseTime(text[(separator + 1)..end], perSecond) is not { } ticks)
        {
            return null;
        }

        var all = ((Int128)days * SecondsPerDay * perSecond) + ticks - (offsetSeconds * perSecond);
        return all < long.MinValue || all > long.MaxValue ? null : (long)all;
    }
}
