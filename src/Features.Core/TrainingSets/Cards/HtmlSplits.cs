using System.Globalization;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>When the rows are, and how they are shared out.</summary>
internal static class HtmlSplits
{
    public static Markup Section(TrainingSetCard card)
    {
        var time = card.Columns.FirstOrDefault(c => c.Column.Role == "time");
        var hasTime = time?.Statistics.Histogram is not null;
        if (!hasTime && card.Parts.Count == 0)
        {
            return Markup.Empty;
        }

        return Markup.Of($"""
            <section aria-labelledby="rows"><h2 id="rows">{(card.Parts.Count > 0 ? "Splits" : "Rows over time")}</h2>
            {(card.Definition?.Split is { } split && card.Parts.Count > 0 ? Markup.Of($"<p class=\"note\">{CardLines.Split(split, card.Manifest.Boundaries)}</p>") : Markup.Empty)}
            {(hasTime ? Markup.Of($"<p class=\"note\">Rows over <code>{time!.Column.Name}</code>, {CardText.Bound(time.Statistics.Min!, time.Statistics)} to {CardText.Bound(time.Statistics.Max!, time.Statistics)}.</p>") : Markup.Empty)}
            {(hasTime ? CardPlots.Timeline(time!, card.Parts, Range) : Markup.Empty)}
            {(card.Parts.Count > 0 ? Table(card) : Markup.Empty)}
            </section>
            """);
    }

    private static Markup Table(TrainingSetCard card)
    {
        var rows = card.Parts.Select((part, i) => Markup.Of($"""
            <tr><th scope="row"><span class="key"><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="c{CardPlots.PartColour(part, i)}" width="10" height="10" rx="2"/></svg></span>{part.Name ?? "no part"}</th><td class="n">{CardText.Count(part.Rows)}</td><td class="n">{CardText.Percent(part.Share)}</td><td>{Bound(part.Time, part.Time?.Min)}</td><td>{Bound(part.Time, part.Time?.Max)}</td></tr>
            """));
        return Markup.Of($"""
            <div class="scroll"><table><thead><tr><th scope="col">Part</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Share</th><th scope="col">From</th><th scope="col">To</th></tr></thead><tbody class="tight">{rows}</tbody></table></div>
            """);
    }

    private static string Bound(ColumnStatistics? of, string? text) => of is null || text is null ? "" : CardText.Bound(text, of);

    private static (double From, double To)? Range(ColumnStatistics time) => Micros(time.Min) is { } from && Micros(time.Max) is { } to ? (from, to) : null;

    private static double? Micros(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? (moment - DateTimeOffset.UnixEpoch).Ticks / (double)TimeSpan.TicksPerMicrosecond : null;
}
