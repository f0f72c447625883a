using System.Globalization;

namespace Features.Server.Online.Json;

/// <summary>Times as clients write them: ISO 8601, with <c>T</c> or a space; without a zone they are UTC.</summary>
internal static class IsoTime
{
    private static readonly string[] Formats =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd"];

    /// <summary>The moment, or null if the text is none. What is finer than 100 nanoseconds is refused.</summary>
    public static DateTimeOffset? TryParse(string text) =>
        DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
