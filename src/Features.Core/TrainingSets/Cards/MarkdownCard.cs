using System.Text;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>A card as Markdown: headings, tables, and histograms as characters. All text is escaped.</summary>
public static class MarkdownCard
{
    private const int BarWidth = 20;

    /// <summary>The card; lines end with a line feed.</summary>
    public static string Write(TrainingSetCard card)
    {
        var text = new StringBuilder();
        Head(text, card);
        Label(text, card);
        Splits(text, card);
        Columns(text, "Features", card.Features);
        Transformations(text, card);
        Columns(text, "Other columns", card.Others);
        Lineage(text, card);
        Use(text, card);
        return text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n') + "\n";
    }

    private static void Head(StringBuilder text, TrainingSetCard card)
    {
        var manifest = card.Manifest;
        text.Append("# ").Append(Escaped(manifest.Name)).Append("\n\n");
        if (card.Description is { } description)
        {
            text.Append(Escaped(description)).Append("\n\n");
        }

        Table(text, ["", ""], [
            ["Rows", CardText.Count(manifest.Rows)],
            ["Columns", $"{card.Columns.Count}, {card.Features.Count} of them features"],
            .. card.Owner is { } owner ? [["Owner", Escaped(owner)]] : Array.Empty<string[]>(),
            .. card.Tags.Where(t => t.Key != "owner").OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new[] { Escaped(t.Key), Escaped(t.Value) }),
            .. manifest.AsOf is { } asOf ? [["As of", CardLines.Moment(asOf)]] : Array.Empty<string[]>(),
            ["Made", CardLines.Moment(manifest.CreatedAt)],
            ["Digest", Code(manifest.Digest)],
            ["Table", $"{Code(manifest.Table)} at snapshot {Code(Id(manifest.SnapshotId))}"],
        ]);
        if (card.Notices.Count > 0)
        {
            text.Append("## Worth knowing\n\n").AppendJoin("", card.Notices.Select(n => $"- {Escaped(n)}\n")).Append('\n');
        }
    }

    private static void Label(StringBuilder text, TrainingSetCard card)
    {
        if (card.Label is not { } label)
        {
            return;
        }

        var maturity = CardLines.Maturity(card.Definition?.Label);
        text.Append("## Label\n\n").Append($"{Code(label.Column.Name)} ({Escaped(label.Column.Type)}){(maturity is null ? "" : $", {Escaped(maturity)}")}.{(CardLines.LeftOut(card.Manifest) is { } leftOut ? $" {Escaped(leftOut)}" : "")}\n\n");
        IReadOnlyList<CardPart> parts = card.Parts.Count > 0 ? [card.Whole, .. card.Parts] : [card.Whole];
        string PartName(int i) => i == 0 ? "all" : parts[i].Name is { } name ? Escaped(name) : "*no part*";
        if (CardLines.Classes(card) is { Count: > 0 } classes)
        {
            Table(text, ["Part", "Value", "Rows", "Share", ""], parts.SelectMany((part, i) => classes.Select(value =>
            {
                var count = CardLines.CountOf(part.Label, value);
                var share = part.Rows == 0 ? 0 : (double)count / part.Rows;
                return new[] { PartName(i), Code(value), CardText.Count(count), CardText.Percent(share), CardText.Bar(share, BarWidth) };
            })));
        }
        else if (label.Statistics.Histogram is { } histogram)
        {
            text.Append($"`{CardText.Sparkline(histogram)}` from {Escaped(CardText.Value(histogram.Edges[0], label))} to {Escaped(CardText.Value(histogram.Edges[^1], label))}\n\n");
            Table(text, ["Part", "Rows", "Null", "Mean", "Std. dev.", "Median"], parts.Select((part, i) => new[]
            {
                PartName(i), CardText.Count(part.Rows), CardText.Count(part.Label?.Nulls ?? 0), Optional(part.Label?.Mean, label), Deviation(part.Label), Optional(part.Label?.Quantiles?[0.5], label),
            }));
        }
    }

    private static void Splits(StringBuilder text, TrainingSetCard card)
    {
        if (card.Parts.Count == 0)
        {
            return;
        }

        text.Append("## Splits\n\n");
        if (card.Definition?.Split is { } split)
        {
            text.Append(Escaped(CardLines.Split(split, card.Manifest.Boundaries))).Append("\n\n");
        }

        Table(text, ["Part", "Rows", "Share", "", "From", "To"], card.Parts.Select(p => new[]
        {
            p.Name is { } name ? Code(name) : "*no part*", CardText.Count(p.Rows), CardText.Percent(p.Share), CardText.Bar(p.Share, BarWidth), Bound(p.Time?.Min, p.Time), Bound(p.Time?.Max, p.Time),
        }));
    }

    private static void Columns(StringBuilder text, string heading, IReadOnlyList<CardColumn> columns)
    {
        if (columns.Count == 0)
        {
            return;
        }

        text.Append($"## {heading}\n\n");
        Table(text, ["Column", "Type", "Null", "Distinct", "Distribution", "Range", "Mean", "Std. dev.", "Median"], columns.Select(c =>
        {
            var s = c.Statistics;
            return new[]
            {
                Code(c.Column.Name),
                Escaped(c.Column.Type),
                s.Rows == 0 ? "" : CardText.Percent((double)s.Nulls / s.Rows),
                s.Distinct is { } distinct ? CardLines.Distinct(distinct) : "",
                Distribution(c),
                s.Min is { } min && s.Kind != ColumnKind.Boolean ? $"{Bound(min, s)} to {Bound(s.Max, s)}" : "",
                s.Kind == ColumnKind.Boolean ? "" : Optional(s.Mean, c),
                s.Kind == ColumnKind.Boolean ? "" : Deviation(s),
                Optional(s.Quantiles?[0.5], c),
            };
        }));
        var told = columns.Where(c => c.Description is not null || c.Column.Source is not null).ToList();
        text.AppendJoin("", told.Select(c => $"- {Code(c.Column.Name)}{(c.Description is { } d ? $": {Escaped(d)}" : "")}{(c.Column.Source is { } source ? $" {Code(source)}" : "")}{(c.Expression is { } e ? $" = {Code(e)}" : "")}\n"));
        text.Append(told.Count > 0 ? "\n" : "");
    }

    private static void Transformations(StringBuilder text, TrainingSetCard card)
    {
        if (card.Transformations.Count > 0)
        {
            text.Append("## Transformations\n\nLearned on the part that trains, applied by the same code to every row and online.\n\n");
            Table(text, ["Output", "Reads", "Does", "Learned"], card.Transformations.Select(t => new[]
            {
                Code(t.Output), Code(t.Column), Escaped(t.Kind), string.Join(", ", t.Learned.Select(l => $"{Escaped(l.Key)} {Code(l.Value)}")),
            }));
        }
    }

    private static void Lineage(StringBuilder text, TrainingSetCard card)
    {
        text.Append("## Lineage\n\nEvery table was read at one snapshot, which is tagged so that it is kept.\n\n");
        Table(text, ["Table", "UUID", "Snapshot"], card.Manifest.Sources.Select(s => new[] { Code(s.Table), s.Uuid is { } uuid ? Code(uuid.ToString()) : "", s.Snapshot < 0 ? "none" : Code(Id(s.Snapshot)) }));
        Table(text, ["Definition", "Name", "SHA-256", "Now"], card.Definitions.Select(d => new[] { Escaped(d.Kind), Code(d.Name), Code(CardText.ShortHash(d.Hash)), CardLines.State(d.State) }));
        if (card.Definition is { } definition)
        {
            text.Append("The spine, the rows that features are joined to:\n\n").Append(Fenced("sql", definition.Spine)).Append('\n');
        }
    }

    private static void Use(StringBuilder text, TrainingSetCard card)
    {
        var commands = CardLines.Commands(card.Manifest.Name);
        var width = commands.Max(c => c.Command.Length);
        text.Append("## Use\n\n").Append(Fenced("sh", string.Join("\n", commands.Select(c => $"{c.Command.PadRight(width)}  # {c.Comment}")))).Append('\n');
        text.Append(Fenced("python", CardLines.Python(card.Manifest.Name))).Append('\n').Append(CardLines.StatisticsNote).Append('\n');
    }

    private static string Distribution(CardColumn column) => column switch
    {
        { WithheldBy: { } why } => $"*withheld ({Escaped(why)})*",
        { Statistics.Histogram: { } histogram } => $"`{CardText.Sparkline(histogram)}`",
        { Statistics.Top: { Values.Length: > 0 } top } => string.Join(", ", top.Values.Take(3).Select(v => $"{Code(v.Value)} {CardText.Percent((double)v.Count / column.Statistics.Rows)}")),
        _ => "",
    };

    private static string Bound(string? text, ColumnStatistics? of) => text is null || of is null ? "" : Escaped(CardText.Bound(text, of));

    private static string Optional(double? value, CardColumn column) => value is { } given ? Escaped(CardText.Value(given, column)) : "";

    private static string Deviation(ColumnStatistics? of) => of?.StandardDeviation is { } value ? of.Kind == ColumnKind.Time ? CardText.Span(value) : CardText.Number(value) : "";

    private static string Id(long snapshot) => snapshot.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static void Table(StringBuilder text, string[] head, IEnumerable<string[]> rows)
    {
        text.Append("| ").AppendJoin(" | ", head).Append(" |\n|").Append(string.Concat(head.Select(_ => "---|"))).Append('\n');
        foreach (var row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        text.Append('\n');
    }

    /// <summary>Text that Markdown takes for nothing but text, on one line.</summary>
    private static string Escaped(string value)
    {
        var text = new StringBuilder();
        foreach (var c in value.ReplaceLineEndings(" "))
        {
            text.Append(c is '\\' or '`' or '*' or '_' or '{' or '}' or '[' or ']' or '<' or '>' or '#' or '|' or '~' or '!' or '&' ? "\\" : "").Append(c);
        }

        return text.ToString();
    }

    // A bar ends a cell even within a code span, and a backtick ends the span.
    private static string Code(string value) => value.Length == 0 || value.AsSpan().ContainsAny("`|\r\n\\") || value.Trim() != value ? $"\"{Escaped(value)}\"" : $"`{value}`";

    private static string Fenced(string language, string code)
    {
        var fence = "```";
        while (code.Contains(fence, StringComparison.Ordinal))
        {
            fence += "`";
        }

        return $"{fence}{language}\n{code.ReplaceLineEndings("\n").TrimEnd('\n')}\n{fence}\n";
    }
}
