using System.Globalization;

namespace Features.Cli.Commands;

/// <summary>Moments and spans of time as people write them on the command line.</summary>
internal static class CliTime
{
    private static readonly string[] Forms = [.. new[] { "", "'T'HH:mm", "'T'HH:mm:ss", "'T'HH:mm:ss.FFFFFFF", "' 'HH:mm", "' 'HH:mm:ss", "' 'HH:mm:ss.FFFFFFF" }
        .SelectMany(time => time.Length == 0 ? ["yyyy-MM-dd"] : new[] { $"yyyy-MM-dd{time}", $"yyyy-MM-dd{time}K" })];

    public static string Form => "is no time; write 2024-01-31, 2024-01-31T13:45:00Z or 2024-01-31T13:45:00+02:00 (UTC where no offset is given)";

    public static string SpanForm => "is no age; write a number and its unit, such as 90m, 36h, 30d or 2w";

    /// <summary>A moment; null if the text is none.</summary>
    public static DateTimeOffset? TryParse(string text) =>
        DateTimeOffset.TryParseExact(text.Trim(), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;

    /// <summary>A span such as <c>30d</c>; null if the text is none.</summary>
    public static TimeSpan? TryParseSpan(string text)
    {
        var unit = text.Length > 1 ? text[^1] : ' ';
        var days = unit switch { 's' => 1 / 86_400.0, 'm' => 1 / 1_440.0, 'h' => 1 / 24.0, 'd' => 1.0, 'w' => 7.0, _ => 0.0 };
        return days > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count * days < 365_000
            ? TimeSpan.FromSeconds(Math.Round(count * days * 86_400))
            : null;
    }
}
