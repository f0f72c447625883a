using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.TrainingSets.Statistics;
using Features.Core.Transformations;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Columns with what the definitions say of them.</summary>
internal static class CardColumns
{
    /// <summary>The columns of a set but for <c>_row</c>.</summary>
    /// <param name="manifest">The set.</param>
    /// <param name="statistics">Without the values that are withheld.</param>
    /// <param name="withheld">The columns whose values are, and why.</param>
    /// <param name="definitions">The definitions in force.</param>
    /// <param name="tags">The tags of the set's table.</param>
    public static IReadOnlyList<CardColumn> Of(
        TrainingSetManifest manifest, TrainingSetStatistics statistics, IReadOnlyDictionary<string, string> withheld, DefinitionSet definitions, TableTags tags)
    {
        var learned = manifest.Transformations
            .SelectMany(t => t.Outputs.Select(o => (o.Name, Text: $"{FittedTransformation.WordOf(t.Kind)}({t.Column})")))
            .ToDictionary(t => t.Name, t => t.Text);
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
            Statistics = counted,
            Description = feature?.Description,
            Expression = feature is null ? learned : ExpressionOf(feature),
            Owner = feature?.Owner ?? owner,
            Tags = own,
            WithheldBy = withheldBy,
        };
    }

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
        feature.Aggregate is { } aggregate ? $"{aggregate.ToString().ToLowerInvariant()}({feature.Expression}){(feature.Window is { } window ? $" over {Duration.Format(window)}" : "")}" : Plain(feature.Expression);

    /// <summary>A column by itself without its quotes.</summary>
    private static string Plain(string expression) =>
        expression.Length > 2 && expression[0] == '"' && expression.IndexOf('"', 1) == expression.Length - 1 ? expression[1..^1] : expression;
}
