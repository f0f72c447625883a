using System.Globalization;

namespace Features.Flight.Protocol;

/// <summary>Moments as JSON texts: ISO 8601 with seconds and an offset, <c>2026-01-31T12:00:00Z</c>.</summary>
internal static class Moments
{
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <exception cref="FormatException">The text is no moment, or has no offset.</exception>
    public static DateTimeOffset Parse(string text) =>
        (text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-'))
        && DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment)
            ? moment
            : throw new FormatException($"'{text}' is no moment: write it as 2026-01-31T12:00:00Z, with an offset");

    public static string ToText(DateTimeOffset moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
