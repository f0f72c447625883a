using Features.Core.Definitions;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>The parts of a set's split, in the definition's order where it is known.</summary>
internal static class CardParts
{
    public static CardPart Whole(TrainingSetStatistics statistics, IReadOnlyList<CardColumn> columns) => new(
        null,
        statistics.Rows,
        statistics.Rows > 0 ? 1 : 0,
        columns.FirstOrDefault(c => c.Column.Role == "time")?.Statistics,
        columns.FirstOrDefault(c => c.Column.Role == "label")?.Statistics);

    public static IReadOnlyList<CardPart> Of(TrainingSetStatistics statistics, IReadOnlyList<CardColumn> columns, Split? split)
    {
        var order = split?.Parts.Select((part, i) => (part.Name, i)).ToDictionary(p => p.Name, p => p.i) ?? [];
        return
        [
            .. statistics.Parts
                .OrderBy(p => p.Name is null).ThenBy(p => order.GetValueOrDefault(p.Name ?? "", int.MaxValue)).ThenBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => new CardPart(p.Name, p.Rows, statistics.Rows > 0 ? (double)p.Rows / statistics.Rows : 0, Find(p, columns, "time"), Find(p, columns, "label"))),
        ];
    }

    private static ColumnStatistics? Find(PartStatistics part, IReadOnlyList<CardColumn> columns, string role) =>
        columns.FirstOrDefault(c => c.Column.Role == role) is { } column && part[column.Column.Name] is { } statistics
            ? statistics
            : null;
}
