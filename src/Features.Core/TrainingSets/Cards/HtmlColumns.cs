using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Columns, a row each: what it is, how full it is, how its values are spread, its figures.</summary>
internal static class HtmlColumns
{
    private const int ShownValues = 6;

    public static Markup Section(string id, string heading, IReadOnlyList<CardColumn> columns) => columns.Count == 0 ? Markup.Empty : Markup.Of($"""
        <section aria-labelledby="{id}"><h2 id="{id}">{heading}</h2>
        <div class="scroll"><table class="columns"><thead><tr><th scope="col" class="name">Column</th><th scope="col" class="fill">Filled</th><th scope="col" class="dist">Distribution</th><th scope="col">Figures</th></tr></thead><tbody>{columns.Select(Row)}</tbody></table></div></section>
        """);

    /// <summary>The most frequent values as bars.</summary>
    public static Markup TopValues(CardColumn column)
    {
        var (statistics, top) = (column.Statistics, column.Statistics.Top!);
        var most = Math.Max(1, top.Values.FirstOrDefault()?.Count ?? 1);
        var shown = top.Values.Take(ShownValues).ToList();
        var bars = shown.Select(v => Markup.Of($"""<dt title="{v.Value}">{(v.Value.Length == 0 ? "(empty)" : v.Value)}</dt><dd class="track"><i style="width:{(double)v.Count / most * 100}%"></i></dd><dd class="count">{(top.Error > 0 ? "≈ " : "")}{CardText.Percent((double)v.Count / statistics.Rows)}</dd>"""));
        var others = statistics.Distinct?.Count - shown.Count;
        return Markup.Of($"""
            <dl class="tops">{bars}</dl>{(others > 0 ? Markup.Of($"<div class=\"small\">and {CardText.Count(others.Value)} others, {CardText.Percent(Math.Clamp(1 - ((double)shown.Sum(v => v.Count) / Math.Max(1, statistics.Values)), 0, 1))} of the values</div>") : Markup.Empty)}
            """);
    }

    private static Markup Row(CardColumn column)
    {
        var (name, type) = (column.Column.Name, column.Column.Type);
        return Markup.Of($"""
            <tr><th scope="row"><code>{name}</code><span class="type">{type}</span>{(column.Description is { } text ? Markup.Of($"<p class=\"about\">{text}</p>") : Markup.Empty)}{From(column)}{Tags(column)}</th><td>{Filled(column.Statistics)}</td><td>{Distribution(column)}</td><td>{Figures(column)}</td></tr>
            """);
    }

    private static Markup From(CardColumn column) => column switch
    {
        { Column.Source: { } source, Expression: { } expression } => Markup.Of($"<p class=\"from\"><code>{expression}</code><br>{source}</p>"),
        { Column.Source: { } source } => Markup.Of($"<p class=\"from\">{source}</p>"),
        { Expression: { } expression } => Markup.Of($"<p class=\"from\"><code>{expression}</code></p>"),
        _ => Markup.Of($"<p class=\"from\">{CardLines.Role(column.Column.Role)}</p>"),
    };

    private static Markup Tags(CardColumn column) => column.Tags.Count == 0
        ? Markup.Empty
        : Markup.Of($"<p class=\"from\">{string.Join(" · ", column.Tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}"))}</p>");

    private static Markup Filled(ColumnStatistics statistics)
    {
        if (statistics.Rows == 0)
        {
            return Markup.Empty;
        }

        var share = (double)statistics.Values / statistics.Rows;
        var odd = statistics.NaNs + statistics.Infinities;
        return Markup.Of($"""
            {CardText.Percent(share)}<div class="meter"><i style="width:{share * 100}%"></i></div><span class="small">{(statistics.Nulls == 0 ? "no nulls" : $"{CardText.Count(statistics.Nulls)} null")}{(odd > 0 ? $", {CardText.Count(odd)} not finite" : "")}</span>
            """);
    }

    private static Markup Distribution(CardColumn column) => column switch
    {
        { WithheldBy: { } why } => Markup.Of($"<span class=\"withheld\">values withheld: {why}</span>"),
        { Statistics: { Distinct.Count: <= ShownValues, Top.Values.Length: > 0 } } => TopValues(column),
        { Statistics: { Histogram: { Counts.Length: > 1 } } } => CardPlots.Histogram(column),
        { Statistics.Top: { Values.Length: > 0 } } => TopValues(column),
        { Statistics.Histogram: not null } => CardPlots.Histogram(column),
        _ => Markup.Empty,
    };

    private static Markup Figures(CardColumn column)
    {
        var s = column.Statistics;
        var isNumber = s.Kind is ColumnKind.Number or ColumnKind.Time;
        IEnumerable<(string Name, string? Value)> figures =
        [
            ("mean", isNumber && s.Mean is { } mean ? CardText.Value(mean, column) : null),
            ("min", isNumber && s.Min is { } min ? CardText.Bound(min, s) : null),
            ("std. dev.", isNumber && s.StandardDeviation is { } deviation ? s.Kind == ColumnKind.Time ? CardText.Span(deviation) : CardText.Number(deviation) : null),
            ("max", isNumber && s.Max is { } max ? CardText.Bound(max, s) : null),
            ("median", s.Quantiles?[0.5] is { } median ? (s.Quantiles.RankError > 0 ? "≈\u00A0" : "") + CardText.Value(median, column) : null),
            ("distinct", s.Distinct is { } distinct ? CardLines.Distinct(distinct) : null),
        ];
        return Markup.Of($"""<dl class="{(s.Kind == ColumnKind.Time ? "stats times" : "stats")}">{figures.Where(f => f.Value is not null).Select(f => Markup.Of($"<dt>{f.Name}</dt><dd>{f.Value}</dd>"))}</dl>""");
    }
}
