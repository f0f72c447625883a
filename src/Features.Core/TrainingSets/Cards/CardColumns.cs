using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.TrainingSets.Statistics;
using Features.Core.Transformations;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Columns with what the definitions say of them, and without the values that their tags withhold.</summary>
internal static class CardColumns
{
    private const string Withheld = "restricted";

    /// <summary>The columns of a set but for <c>_row</c>. What is learned from a withheld column is withheld as well.</summary>
    public static IReadOnlyList<CardColumn> Of(TrainingSetManifest manifest, TrainingSetStatistics statistics, DefinitionSet definitions, TableTags tags)
    {
        var withheld = manifest.Columns
            .Select(c => (c.Name, By: WithheldBy(tags.Columns.GetValueOrDefault(c.Name, TagLattice.Empty)) ?? WithheldBy(SensitivityOf(tags.Table))))
            .Where(c => c.By is not null).ToDictionary(c => c.Name, c => c.By!);
        var learned = new Dictionary<string, string>();
        foreach (var transformation in manifest.Transformations)
        {
            foreach (var output in transformation.Outputs)
            {
                learned[output.Name] = $"{FittedTransformation.WordOf(transformation.Kind)}({transformation.Column})";
                if (withheld.TryGetValue(transformation.Column, out var by))
                {
                    withheld.TryAdd(output.Name, by);
                }
            }
        }

        return [.. manifest.Columns.Where(c => c.Role != "row").Select(c => Of(c, statistics, definitions, tags, withheld.GetValueOrDefault(c.Name), learned.GetValueOrDefault(c.Name)))];
    }

    private static CardColumn Of(TrainingColumn column, TrainingSetStatistics statistics, DefinitionSet definitions, TableTags tags, string? withheldBy, string? learned)
    {
        var own = tags.Columns.GetValueOrDefault(column.Name, TagLattice.Empty);
        var counted = statistics[column.Name] ?? new ColumnStatistics { Name = column.Name, Kind = ColumnKind.Other, Rows = statistics.Rows, Nulls = 0 };
        var (owner, feature) = FeatureOf(column, definitions);
        return new CardColumn
        {
            Column = column,
            Statistics = withheldBy is null ? counted : CountsOf(counted),
            Description = feature?.Description,
            Expression = feature is null ? learned : ExpressionOf(feature),
            Owner = feature?.Owner ?? owner,
            Tags = own,
            WithheldBy = withheldBy,
        };
    }

    /// <summary>The counts of a column without any of its values, nor what tells of them.</summary>
    public static ColumnStatistics CountsOf(ColumnStatistics statistics) => new()
    {
        Name = statistics.Name,
        Kind = statistics.Kind,
        Rows = statistics.Rows,
        Nulls = statistics.Nulls,
        Distinct = statistics.Distinct,
    };

    // A card travels further than the rows do: what is restricted, or of a level that is not known, and what is personal stays behind.
    private static string? WithheldBy(IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue("pii", out var pii) && pii.Length > 0 ? $"pii={pii}"
        : tags.TryGetValue("sensitivity", out var sensitivity) && TagLattice.IsAtLeast(sensitivity, Withheld) ? $"sensitivity={sensitivity}"
        : null;

    // Of the table's own tags, sensitivity speaks of every column; that a table holds personal data says not in which.
    private static Dictionary<string, string> SensitivityOf(IReadOnlyDictionary<string, string> tags) =>
        tags.Where(t => t.Key == "sensitivity").ToDictionary();

    private static (string? Owner, Feature? Feature) FeatureOf(TrainingColumn column, DefinitionSet definitions)
    {
        if (column.Source is null || FeatureReference.TryParse(column.Source) is not { } reference)
        {
            return (null, null);
        }

        var (view, features) = definitions.Find<FeatureView>(reference.View) is { } stored
            ? ((Definition?)stored, stored.Features)
            : definitions.Find<OnDemandView>(reference.View) is { } computed ? (computed, computed.Features) : (null, []);
        return (view?.Owner, features.FirstOrDefault(f => f.Name == reference.Feature));
    }

    private static string ExpressionOf(Feature feature) =>
        feature.Aggregate is { } aggregate ? $"{aggregate.ToString().ToLowerInvariant()}({feature.Expression}){(feature.Window is { } window ? $" over {Duration.Format(window)}" : "")}" : feature.Expression;
}
