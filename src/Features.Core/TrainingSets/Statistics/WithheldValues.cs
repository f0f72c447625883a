using Features.Core.Governance;
using Features.Core.Transformations;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// The columns whose values stay out of statistics. Statistics stand in the manifest, which is metadata, and on cards, which travel further than the rows do: what is personal, or restricted, or of a
/// sensitivity that is not known, is counted and not shown; and so is what was learned from it.
/// </summary>
internal static class WithheldValues
{
    private const string Least = "restricted";

    /// <summary>Each such column, and by which tag.</summary>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<string> columns, IReadOnlyList<FittedTransformation> transformations, TableTags tags)
    {
        // Of the table's own tags, sensitivity speaks of every column; that a table holds personal data says not in which.
        var all = tags.Table.TryGetValue("sensitivity", out var sensitivity) ? By(new Dictionary<string, string> { ["sensitivity"] = sensitivity }) : null;
        var withheld = columns
            .Select(name => (name, By: By(tags.Columns.GetValueOrDefault(name, TagLattice.Empty)) ?? all))
            .Where(c => c.By is not null).ToDictionary(c => c.name, c => c.By!);
        foreach (var transformation in transformations)
        {
            foreach (var output in transformation.Outputs)
            {
                if (withheld.TryGetValue(transformation.Column, out var by))
                {
                    withheld.TryAdd(output.Name, by);
                }
            }
        }

        return withheld;
    }

    /// <summary>Statistics without the values of these columns.</summary>
    public static TrainingSetStatistics From(TrainingSetStatistics statistics, IReadOnlyDictionary<string, string> withheld) => statistics with
    {
        Columns = [.. statistics.Columns.Select(c => Counts(c, withheld))],
        Parts = [.. statistics.Parts.Select(p => p with { Columns = [.. p.Columns.Select(c => Counts(c, withheld))] })],
    };

    private static ColumnStatistics Counts(ColumnStatistics column, IReadOnlyDictionary<string, string> withheld) => !withheld.ContainsKey(column.Name)
        ? column
        : new ColumnStatistics { Name = column.Name, Kind = column.Kind, Rows = column.Rows, Nulls = column.Nulls, Distinct = column.Distinct };

    private static string? By(IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue("pii", out var pii) && pii.Length > 0 ? $"pii={pii}"
        : tags.TryGetValue("sensitivity", out var sensitivity) && TagLattice.IsAtLeast(sensitivity, Least) ? $"sensitivity={sensitivity}"
        : null;
}
