using System.Globalization;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Figures as people read them: four significant digits, thousands apart, millions and billions by name.</summary>
internal static class CardText
{
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Rows(long value) => value == 1 ? "1 row" : $"{Count(value)} rows";

    /// <summary>A share in percent; what is not quite none or all does not look as if it were.</summary>
    public static string Percent(double share) => share switch
    {
        0 => "0%",
        1 => "100%",
        < 0.0005 => "<0.1%",
        > 0.9995 => ">99.9%",
        _ => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + "%",
    };

    public static string Number(double value)
    {
        var size = Math.Abs(value);
        if (size is 0)
        {
            return "0";
        }

        if (size is >= 1e12 or < 1e-4)
        {
            return value.ToString("0.###e+0", CultureInfo.InvariantCulture);
        }

        if (size >= 1e7)
        {
            var (unit, word) = size >= 1e9 ? (1e9, "bn") : (1e6, "M");
            return $"{Number(value / unit)} {word}".Replace(' ', '\u00A0');
        }

        return size >= 1000
            ? Math.Round(value).ToString("#,##0", CultureInfo.InvariantCulture)
            : Math.Round(value, 3 - (int)Math.Floor(Math.Log10(size))).ToString("0.#######", CultureInfo.InvariantCulture);
    }

    /// <summary>A span of microseconds in its largest unit.</summary>
    public static string Span(double micros)
    {
        var (size, unit) = new[] { (31_557_600e6, "years"), (86_400e6, "days"), (3_600e6, "h"), (60e6, "min"), (1e6, "s"), (1e3, "ms") }.FirstOrDefault(u => Math.Abs(micros) >= u.Item1, (1, "µs"));
        return $"{Number(Math.Round(micros / size, 1))} {unit}";
    }

    /// <summary>The least or greatest value of a column, which stands exact in its statistics.</summary>
    public static string Bound(string text, ColumnStatistics of) => of.Kind switch
    {
        ColumnKind.Number when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && (text.Length > 6 || Math.Abs(number) >= 1000) => Number(number),
        ColumnKind.Time => Moment(text),
        _ => text,
    };

    /// <summary>A quantile, edge or mean of a column.</summary>
    /// <param name="value">A number, or microseconds.</param>
    /// <param name="column">Whose.</param>
    public static string Value(double value, CardColumn column) => column.Statistics.Kind != ColumnKind.Time
        ? Number(value)
        : column.Column.Type switch
        {
            "date" => TimeText.Date((long)Math.Floor(value / 86_400e6)),
            "time" => TimeText.OfDay((long)value, 1_000_000),
            var type => TimeText.Moment((long)Math.Round(value / 1e6), 1, type == "timestamptz" ? "Z" : "") is var iso ? Moment(iso) : "",
        };

    /// <summary>A bin of a column's histogram; a bin of one whole number by that alone.</summary>
    public static string Bin(Histogram histogram, int bin, CardColumn column) =>
        IsWhole(column) && histogram.Edges[bin + 1] - histogram.Edges[bin] == 1
            ? Value(histogram.Edges[bin], column)
            : $"{Value(histogram.Edges[bin], column)} to {Value(histogram.Edges[bin + 1], column)}";

    public static string Bar(double share, int width)
    {
        var full = (int)Math.Round(Math.Clamp(share, 0, 1) * width);
        return new string('█', full) + new string('░', width - full);
    }

    /// <summary>A histogram as one character a bin; what has rows is never as low as what has none.</summary>
    public static string Sparkline(Histogram histogram)
    {
        const string Steps = "▁▂▃▄▅▆▇█";
        var most = histogram.Counts.Max();
        return string.Concat(histogram.Counts.Select(c => c == 0 ? ' ' : Steps[(int)Math.Ceiling((double)c / most * Steps.Length) - 1])).Replace(' ', '·');
    }

    /// <summary>ISO 8601 with a space, as far as it says something: no seconds on the minute, no time of day at midnight.</summary>
    private static string Moment(string iso)
    {
        var text = iso.Replace('T', ' ');
        var zone = text.EndsWith('Z') ? "Z" : "";
        text = text[..^zone.Length];
        text = text.EndsWith(" 00:00:00", StringComparison.Ordinal) ? text[..^9] : text.Contains(' ', StringComparison.Ordinal) && text.EndsWith(":00", StringComparison.Ordinal) ? text[..^3] : text;
        return text.Contains(':', StringComparison.Ordinal) ? text + zone : text;
    }

    public static string ShortHash(string hash)
    {
        var hex = hash[(hash.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return hex[..Math.Min(12, hex.Length)];
    }

    private static bool IsWhole(CardColumn column) => column.Column.Type is "int" or "long";
}
