using System.Globalization;

namespace Features.Server.Workspaces;

/// <summary>An interval as features.yaml writes it: a whole number and a unit, <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>1d</c>.</summary>
internal static class IntervalText
{
    public const string Never = "0";

    private static readonly (string Unit, TimeSpan Size)[] Units =
        [("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1))];

    /// <summary>The interval, or null if the text is none or not positive.</summary>
    public static TimeSpan? TryParse(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var (unit, size) = Units.FirstOrDefault(u => u.Unit == text[digits..]);
        return unit is not null && int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? size * count : null;
    }
}
