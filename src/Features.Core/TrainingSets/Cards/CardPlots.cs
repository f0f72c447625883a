using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Plots as inline SVG. Colours come from the page's style, so that they follow its scheme; every mark has a title, every plot says in words what it shows.</summary>
internal static class CardPlots
{
    private const double Width = 300;
    private const double BarsHeight = 46;
    private const double Tail = 10;

    /// <summary>A histogram; under it where the middle half and the middle nine tenths of the values lie, and the median.</summary>
    public static Markup Histogram(CardColumn column)
    {
        var (histogram, quantiles) = (column.Statistics.Histogram!, column.Statistics.Quantiles);
        var (low, high) = (CardText.Value(histogram.Edges[0], column), CardText.Value(histogram.Edges[^1], column));
        var (left, right) = Inner(histogram, Width);
        var middle = quantiles?[0.5] is { } median ? $", median {CardText.Value(median, column)}" : "";
        return Markup.Of($"""
            <svg class="plot" viewBox="0 0 {Width} 74" role="img" aria-label="Distribution of {column.Column.Name}: {low} to {high}{middle}">{Bars(column, histogram, Width, BarsHeight)}<line class="axis" x1="0" y1="{BarsHeight + 0.5}" x2="{Width}" y2="{BarsHeight + 0.5}"/>{Quantiles(column, histogram, quantiles)}<text x="{left}" y="71">{low}</text><text x="{right}" y="71" text-anchor="end">{high}</text></svg>
            """);
    }

    /// <summary>When rows are, and below it from when to when each part of the split goes.</summary>
    public static Markup Timeline(CardColumn time, IReadOnlyList<CardPart> parts, Func<ColumnStatistics, (double From, double To)?> rangeOf)
    {
        const double Wide = 960;
        const double Bars = 90;
        var histogram = time.Statistics.Histogram!;
        var (from, span) = (histogram.Edges[0], histogram.Edges[^1] - histogram.Edges[0]);
        var (left, right) = Inner(histogram, Wide);
        double X(double at) => Math.Clamp(left + (at * (right - left)), 0, Wide);
        var strips = parts.Select((part, i) => (part, i, Range: part.Time is { } t ? rangeOf(t) : null)).Where(p => p.Range is not null).Select(p =>
        {
            var (x, end) = (X((p.Range!.Value.From - from) / span), X((p.Range.Value.To - from) / span));
            var y = Bars + 28 + (p.i * 18);
            return Markup.Of($"""<rect class="c{PartColour(p.part, p.i)}" x="{x}" y="{y}" width="{Math.Max(2, end - x)}" height="10" rx="2"><title>{p.part.Name ?? "no part"}: {CardText.Rows(p.part.Rows)}</title></rect>""");
        }).ToList();
        var height = Bars + 24 + (strips.Count > 0 ? parts.Count * 18 : 0);
        var ticks = new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(at =>
        {
            var anchor = at switch { 0 => "start", 1 => "end", _ => "middle" };
            return Markup.Of($"""<line class="axis" x1="{X(at)}" y1="{Bars}" x2="{X(at)}" y2="{Bars + 5}"/><text x="{X(at)}" y="{Bars + 18}" text-anchor="{anchor}">{CardText.Value(from + at * span, time)}</text>""");
        });
        return Markup.Of($"""
            <svg class="plot wide" viewBox="0 0 {Wide} {height}" role="img" aria-label="Rows over {time.Column.Name}">{CardPlots.Bars(time, histogram, Wide, Bars)}<line class="axis" x1="0" y1="{Bars + 0.5}" x2="{Wide}" y2="{Bars + 0.5}"/>{ticks}{strips}</svg>
            """);
    }

    /// <summary>Shares of a whole as one bar.</summary>
    public static Markup Shares(string label, IReadOnlyList<(string Name, long Count, int Colour)> shares)
    {
        var total = Math.Max(1, shares.Sum(s => s.Count));
        var x = 0d;
        var segments = new List<Markup>();
        foreach (var (name, count, colour) in shares.Where(s => s.Count > 0))
        {
            var width = (double)count / total * Width;
            segments.Add(Markup.Of($"""<rect class="c{colour}" x="{x}" y="0" width="{Math.Max(1, width - 1)}" height="18"><title>{name}: {CardText.Count(count)} ({CardText.Percent((double)count / total)})</title></rect>"""));
            x += width;
        }

        var words = string.Join(", ", shares.Select(s => $"{s.Name} {CardText.Percent((double)s.Count / total)}"));
        return Markup.Of($"""<svg class="plot shares" viewBox="0 0 {Width} 18" preserveAspectRatio="none" role="img" aria-label="{label}: {words}">{segments}</svg>""");
    }

    /// <summary>The colour of a part: in turn, and the last for rows of none.</summary>
    public static int PartColour(CardPart part, int index) => part.Name is null ? 7 : index % 7;

    /// <summary>The bins, and beside them, apart and paler, what lies beyond.</summary>
    private static Markup Bars(CardColumn column, Histogram histogram, double width, double height)
    {
        var most = Math.Max(Math.Max(1, histogram.Counts.Max()), Math.Max(histogram.Below, histogram.Above));
        var (left, right) = Inner(histogram, width);
        var step = (right - left) / histogram.Counts.Length;
        Markup Bar(string style, string title, long count, double x, double wide)
        {
            // What has any rows can be seen.
            var tall = count == 0 ? 0 : Math.Max(1, (double)count / most * height);
            return Markup.Of($"""<g><title>{title}: {CardText.Rows(count)}</title><rect class="hit" x="{x}" y="0" width="{wide}" height="{height}"/><rect class="{style}" x="{x + 0.5}" y="{height - tall}" width="{wide - 1}" height="{tall}"/></g>""");
        }

        var bins = histogram.Counts.Select((count, i) => Bar("bar", CardText.Bin(histogram, i, column), count, left + i * step, step));
        var below = histogram.Below > 0 ? Bar("tail", $"below {CardText.Value(histogram.Edges[0], column)}", histogram.Below, 0, Tail) : Markup.Empty;
        var above = histogram.Above > 0 ? Bar("tail", $"from {CardText.Value(histogram.Edges[^1], column)} on", histogram.Above, width - Tail, Tail) : Markup.Empty;
        return Markup.Of($"{below}{bins}{above}");
    }

    /// <summary>Where the bins begin and end, beside the tails.</summary>
    private static (double Left, double Right) Inner(Histogram histogram, double width) => (histogram.Below > 0 ? Tail + 4 : 0, histogram.Above > 0 ? width - Tail - 4 : width);

    private static Markup Quantiles(CardColumn column, Histogram histogram, QuantileSummary? quantiles)
    {
        if (quantiles is null || histogram.Counts.Length < 2)
        {
            return Markup.Empty;
        }

        var (from, span) = (histogram.Edges[0], histogram.Edges[^1] - histogram.Edges[0]);
        var (left, right) = Inner(histogram, Width);
        double X(double share) => Math.Clamp(left + ((quantiles[share]!.Value - from) / span * (right - left)), 1, Width - 1);
        string Text(double share) => CardText.Value(quantiles[share]!.Value, column);
        const double Y = BarsHeight + 8;
        return Markup.Of($"""<g><title>5% below {Text(0.05)}, 25% below {Text(0.25)}, median {Text(0.5)}, 75% below {Text(0.75)}, 95% below {Text(0.95)}</title><line class="q90" x1="{X(0.05)}" y1="{Y}" x2="{X(0.95)}" y2="{Y}"/><line class="q50" x1="{X(0.25)}" y1="{Y}" x2="{X(0.75)}" y2="{Y}"/><circle class="q" cx="{X(0.5)}" cy="{Y}" r="3"/></g>""");
    }
}
