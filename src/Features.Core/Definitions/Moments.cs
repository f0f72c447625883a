using System.Globalization;

namespace Features.Core.Definitions;

/// <summary>Moments as definitions write them: ISO 8601, UTC where no offset stands, whole microseconds.</summary>
internal static class Moments
{
    private static readonly string[] Formats =
        ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK"];

    /// <summary>The moment in UTC; null if the text is none, or is finer than a microsecond.</summary>
    public static DateTimeOffset? TryParse(string text) =>
        DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            && moment.Ticks % TimeSpan.TicksPerMicrosecond == 0 ? moment : null;

    /// <summary>The text that <see cref="TryParse"/> reads back; the shortest for the precision that is there.</summary>
    public static string Format(DateTimeOffset moment) => moment.UtcDateTime.TimeOfDay == TimeSpan.Zero
        ? moment.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFF", CultureInfo.InvariantCulture) + "Z";
}
