using Features.Core.Definitions;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>What figures show that a reader should not miss.</summary>
internal static class CardNotices
{
    private const double ManyNulls = 0.5;
    private const double RareClass = 0.05;

    public static IEnumerable<string> Of(TrainingSetCard card)
    {
        if (card.Manifest.Rows == 0)
        {
            yield return "The set has no rows.";
            yield break;
        }

        foreach (var column in card.Columns)
        {
            foreach (var notice in Of(column))
            {
                yield return notice;
            }
        }

        foreach (var notice in OfLabel(card).Concat(OfParts(card)))
        {
            yield return notice;
        }

        if (card.Columns.Where(c => c.WithheldBy is not null).Select(c => c.Column.Name).ToList() is { Count: > 0 } withheld)
        {
            yield return $"Values of {string.Join(", ", withheld)} are not shown: {string.Join(", ", card.Columns.Select(c => c.WithheldBy).OfType<string>().Distinct())}.";
        }

        if (card.Definitions.Where(d => d.State == CardDefinitionState.Changed).Select(d => $"{d.Kind} {d.Name}").ToList() is { Count: > 0 } changed)
        {
            yield return $"Changed since the set was made: {string.Join(", ", changed)}. Descriptions are those in force now.";
        }
    }

    private static IEnumerable<string> Of(CardColumn column)
    {
        var (name, statistics) = (column.Column.Name, column.Statistics);
        if (statistics.Nulls == statistics.Rows)
        {
            yield return $"{name} has no value at all.";
            yield break;
        }

        if (column.Column.Role is "label" or "feature" or "spine_feature" or "transformed" or "on_demand" && statistics.Distinct is { Count: 1, IsExact: true } && statistics.NaNs + statistics.Infinities == 0)
        {
            yield return $"{name} has one value in all rows that have any.";
        }

        if ((double)statistics.Nulls / statistics.Rows > ManyNulls)
        {
            yield return $"{name} is null in {CardText.Percent((double)statistics.Nulls / statistics.Rows)} of the rows.";
        }

        if (statistics.NaNs + statistics.Infinities > 0)
        {
            var odd = new[] { (Count: statistics.NaNs, Word: "not a number"), (Count: statistics.Infinities, Word: "infinite") }.Where(o => o.Count > 0);
            yield return $"{name} is {string.Join(" and ", odd.Select(o => $"{o.Word} in {CardText.Rows(o.Count)}"))}; its figures leave them out.";
        }
    }

    private static IEnumerable<string> OfLabel(TrainingSetCard card)
    {
        if (card.Label is not { Statistics: { Top: { Values.Length: > 1 } top } label } column || label.Kind == ColumnKind.Time)
        {
            yield break;
        }

        if (label.Nulls > 0)
        {
            yield return $"The label {column.Column.Name} is null in {CardText.Rows(label.Nulls)}.";
        }

        var rare = top.Values[^1];
        if (label.Distinct is { IsExact: true, Count: <= 10 } && (double)rare.Count / label.Values is var share && share < RareClass)
        {
            yield return $"The label's value {rare.Value} is rare: {CardText.Percent(share)} of the rows.";
        }
    }

    private static IEnumerable<string> OfParts(TrainingSetCard card)
    {
        if (card.Parts.FirstOrDefault(p => p.Name is null) is { } none)
        {
            yield return $"{CardText.Rows(none.Rows)} belong to no part of the split{(card.Definition?.Split?.By == SplitBy.Time ? ": they lie in a gap, or their label was known only after their part had ended" : "")}.";
        }

        foreach (var split in card.Definition?.Split?.Parts.Where(p => card.Parts.All(c => c.Name != p.Name)) ?? [])
        {
            yield return $"The part {split.Name} has no rows.";
        }
    }
}
