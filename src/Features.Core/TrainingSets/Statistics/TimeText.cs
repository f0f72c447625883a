using System.Globalization;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>Times as ISO 8601, with all the digits that they have; what no calendar of .NET reaches (before year 1, after 9999) as the number of its units.</summary>
internal static class TimeText
{
    private static readonly int EpochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static string Date(long days) => days + EpochDay is var day and >= 0 && day <= DateOnly.MaxValue.DayNumber
        ? DateOnly.FromDayNumber((int)day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : days.ToString(CultureInfo.InvariantCulture);

    public static string Moment(long value, long perSecond, string zone)
    {
        var seconds = Math.DivRem(value, perSecond, out var fraction);
        if (fraction < 0)
        {
            seconds--;
            fraction += perSecond;
        }

        return seconds >= -62_135_596_800 && seconds <= 253_402_300_799
            ? DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + Fraction(fraction, perSecond) + zone
            : value.ToString(CultureInfo.InvariantCulture);
    }

    public static string OfDay(long value, long perSecond)
    {
        var seconds = value / perSecond;
        return value < 0
            ? value.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}{Fraction(value % perSecond, perSecond)}");
    }

    private static string Fraction(long fraction, long perSecond) => fraction == 0
        ? ""
        : "." + fraction.ToString(CultureInfo.InvariantCulture).PadLeft(perSecond.ToString(CultureInfo.InvariantCulture).Length - 1, '0').TrimEnd('0');
}
