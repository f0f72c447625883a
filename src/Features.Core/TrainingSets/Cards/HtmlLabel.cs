using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>The label: how its values are shared out, over all rows and in each part.</summary>
internal static class HtmlLabel
{
    public static Markup Section(TrainingSetCard card)
    {
        if (card.Label is not { } label)
        {
            return Markup.Empty;
        }

        var maturity = CardLines.Maturity(card.Definition?.Label);
        return Markup.Of($"""
            <section aria-labelledby="label"><h2 id="label">Label</h2>
            <p><code>{label.Column.Name}</code><span class="type">{label.Column.Type}</span>{(maturity is null ? "" : $" {maturity}.")} {CardLines.LeftOut(card.Manifest)}</p>
            {(label.WithheldBy is { } why ? Markup.Of($"<p class=\"withheld\">values withheld: {why}</p>") : CardLines.Classes(card) is { Count: > 0 } classes ? Balance(card, classes) : Distribution(card, label))}
            </section>
            """);
    }

    private static Markup Balance(TrainingSetCard card, IReadOnlyList<string> classes)
    {
        var keys = classes.Select((value, i) => Markup.Of($"""<th scope="col" class="n"><span class="key"><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="c{i % 8}" width="10" height="10" rx="2"/></svg></span>{value}</th>"""));
        var nulls = card.Whole.Label!.Nulls > 0;
        var rows = Parts(card).Select(p => Markup.Of($"""
            <tr><th scope="row">{p.Name}</th><td>{CardPlots.Shares(p.Name, [.. classes.Select((value, i) => (value, CardLines.CountOf(p.Part.Label, value), i % 8))])}</td>{classes.Select(value => Cell(CardLines.CountOf(p.Part.Label, value), p.Part.Rows))}{(nulls ? Cell(p.Part.Label?.Nulls ?? 0, p.Part.Rows) : Markup.Empty)}<td class="n">{CardText.Count(p.Part.Rows)}</td></tr>
            """));
        return Markup.Of($"""
            <div class="scroll"><table><thead><tr><th scope="col">Part</th><th scope="col">Balance</th>{keys}{(nulls ? Markup.Of($"<th scope=\"col\" class=\"n\">null</th>") : Markup.Empty)}<th scope="col" class="n">Rows</th></tr></thead><tbody class="tight">{rows}</tbody></table></div>
            """);
    }

    private static Markup Distribution(TrainingSetCard card, CardColumn label)
    {
        if (label.Statistics.Histogram is null)
        {
            return label.Statistics.Top is null ? Markup.Empty : HtmlColumns.TopValues(label);
        }

        string Of(double? value) => value is { } given ? CardText.Value(given, label) : "";
        string Deviation(ColumnStatistics? of) => of?.StandardDeviation is { } value ? label.Statistics.Kind == ColumnKind.Time ? CardText.Span(value) : CardText.Number(value) : "";
        var rows = Parts(card).Select(p => Markup.Of($"""
            <tr><th scope="row">{p.Name}</th><td class="n">{CardText.Count(p.Part.Rows)}</td><td class="n">{CardText.Count(p.Part.Label?.Nulls ?? 0)}</td><td class="n">{Of(p.Part.Label?.Mean)}</td><td class="n">{Deviation(p.Part.Label)}</td><td class="n">{Of(p.Part.Label?.Quantiles?[0.05])}</td><td class="n">{Of(p.Part.Label?.Quantiles?[0.5])}</td><td class="n">{Of(p.Part.Label?.Quantiles?[0.95])}</td></tr>
            """));
        return Markup.Of($"""
            {CardPlots.Histogram(label)}
            <div class="scroll"><table><thead><tr><th scope="col">Part</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Null</th><th scope="col" class="n">Mean</th><th scope="col" class="n">Std. dev.</th><th scope="col" class="n">5%</th><th scope="col" class="n">Median</th><th scope="col" class="n">95%</th></tr></thead><tbody class="tight">{rows}</tbody></table></div>
            """);
    }

    private static IEnumerable<(string Name, CardPart Part)> Parts(TrainingSetCard card) =>
        card.Parts.Select(p => (p.Name ?? "no part", p)).Prepend(("all rows", card.Whole));

    private static Markup Cell(long count, long rows) => Markup.Of($"""<td class="n">{CardText.Count(count)} <span class="small">{CardText.Percent(rows == 0 ? 0 : (double)count / rows)}</span></td>""");
}
