using System.Globalization;

namespace Features.Core.Definitions;

/// <summary>Durations as definitions write them: a whole number and a unit, <c>15m</c>, <c>3h</c>, <c>7d</c>. Time is counted in microseconds throughout.</summary>
internal static class Duration
{
    private static readonly (string Unit, long Micros)[] Units =
        [("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)];

    /// <summary>The duration, or null if the text is none, is not positive, or does not fit.</summary>
    public static TimeSpan? TryParse(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = Units.FirstOrDefault(u => u.Unit == text[digits..]);
        return unit.Micros > 0
            && long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count > 0 && count <= ToMicros(TimeSpan.MaxValue) / unit.Micros
            ? new TimeSpan(count * unit.Micros * TimeSpan.TicksPerMicrosecond)
            : null;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back as this duration.</summary>
    public static string Format(TimeSpan duration)
    {
        var micros = ToMicros(duration);
        var (unit, size) = Units.Last(u => micros % u.Micros == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{micros / size}{unit}");
    }

    public static long ToMicros(TimeSpan duration) => duration.Ticks / TimeSpan.TicksPerMicrosecond;
}
