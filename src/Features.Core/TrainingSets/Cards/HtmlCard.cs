using System.Globalization;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>A card as one HTML page that needs nothing else: no script, no resource from elsewhere. All text is escaped.</summary>
public static class HtmlCard
{
    /// <summary>The page; lines end with a line feed.</summary>
    public static string Write(TrainingSetCard card)
    {
        var name = card.Manifest.Name;
        var page = Markup.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="generator" content="Features">
            <title>{name}: training set card</title>
            <style>
            {new Markup(CardStyle.Css)}
            </style>
            </head>
            <body>
            <main>
            {Head(card)}
            {Facts(card)}
            {Notices(card)}
            {HtmlLabel.Section(card)}
            {HtmlSplits.Section(card)}
            {HtmlColumns.Section("features", "Features", card.Features)}
            {Transformations(card)}
            {HtmlColumns.Section("others", "Keys and other columns", card.Others)}
            {HtmlLineage.Section(card)}
            {Use(card)}
            <footer><p class="note">{CardLines.StatisticsNote} In plots, the line spans the middle 90% of the values, the thick part the middle half, the dot is the median.</p></footer>
            </main>
            </body>
            </html>
            """);
        return page.Text.ReplaceLineEndings("\n") + "\n";
    }

    private static Markup Head(TrainingSetCard card)
    {
        var tags = card.Tags.Where(t => t.Key != "owner").OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
        var chips = (card.Owner is { } owner ? [new("owner", owner)] : System.Array.Empty<KeyValuePair<string, string>>()).Concat(tags).Select(t => Markup.Of($"<li><b>{t.Key}</b> {t.Value}</li>")).ToList();
        return Markup.Of($"""
            <header>
            <p class="eyebrow">Training set</p>
            <h1>{card.Manifest.Name}</h1>
            {(card.Description is { } description ? Markup.Of($"<p class=\"lead\">{description}</p>") : Markup.Empty)}
            {(chips.Count > 0 ? Markup.Of($"<ul class=\"chips\" aria-label=\"Tags\">{chips}</ul>") : Markup.Empty)}
            </header>
            """);
    }

    private static Markup Facts(TrainingSetCard card)
    {
        var manifest = card.Manifest;
        return Markup.Of($"""
            <dl class="facts">
            <div><dt>Rows</dt><dd>{CardText.Count(manifest.Rows)}</dd></div>
            <div><dt>Features</dt><dd>{card.Features.Count}</dd></div>
            {(card.Label is { } label ? Markup.Of($"<div><dt>Label</dt><dd class=\"small\"><code>{label.Column.Name}</code></dd></div>") : Markup.Empty)}
            {(manifest.AsOf is { } asOf ? Markup.Of($"<div><dt>As of</dt><dd class=\"small\">{CardLines.Moment(asOf)}</dd></div>") : Markup.Empty)}
            <div><dt>Made</dt><dd class="small">{CardLines.Moment(manifest.CreatedAt)}</dd></div>
            <div><dt>Digest</dt><dd class="small"><code title="{manifest.Digest}">{CardText.ShortHash(manifest.Digest)}…</code></dd></div>
            </dl>
            """);
    }

    private static Markup Notices(TrainingSetCard card) => card.Notices.Count == 0
        ? Markup.Empty
        : Markup.Of($"""<aside class="notices"><h2>Worth knowing</h2><ul>{card.Notices.Select(n => Markup.Of($"<li>{n}</li>"))}</ul></aside>""");

    private static Markup Transformations(TrainingSetCard card)
    {
        if (card.Transformations.Count == 0)
        {
            return Markup.Empty;
        }

        var rows = card.Transformations.Select(t => Markup.Of($"""
            <tr><th scope="row"><code>{t.Output}</code></th><td><code>{t.Column}</code></td><td>{t.Kind}</td><td>{t.Learned.Select((l, i) => Markup.Of($"{(i > 0 ? ", " : "")}{l.Key} <code>{l.Value}</code>"))}</td></tr>
            """));
        return Markup.Of($"""
            <section aria-labelledby="transformations"><h2 id="transformations">Transformations</h2>
            <p class="note">Learned on the part that trains, applied by the same code to every row and online.</p>
            <div class="scroll"><table><thead><tr><th scope="col">Output</th><th scope="col">Reads</th><th scope="col">Does</th><th scope="col">Learned</th></tr></thead><tbody class="tight">{rows}</tbody></table></div></section>
            """);
    }

    private static Markup Use(TrainingSetCard card)
    {
        var name = card.Manifest.Name;
        var commands = CardLines.Commands(name);
        var width = commands.Max(c => c.Command.Length);
        var lines = string.Join("\n", commands.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Command.PadRight(width)}  # {c.Comment}")));
        return Markup.Of($"""
            <section aria-labelledby="use"><h2 id="use">Use</h2>
            <h3>Verify, rebuild, read</h3>
            <pre><code>{lines}</code></pre>
            <h3>Read from Python, over Arrow Flight</h3>
            <pre><code>{CardLines.Python(name)}</code></pre></section>
            """);
    }
}
