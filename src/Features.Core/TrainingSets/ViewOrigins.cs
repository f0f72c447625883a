using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;

namespace Features.Core.TrainingSets;

/// <summary>Where what a view computes comes from: columns of tables, through the view's SQL and the names that its sources give.</summary>
internal sealed class ViewOrigins(DefinitionSet definitions, ISqlEngine engine)
{
    /// <summary>The inputs of a feature.</summary>
    public IReadOnlyList<ColumnInput> Of(SelectedFeature selected)
    {
        var (view, feature) = (selected.View, selected.Feature);
        return feature.Expression == "*" ? [] : [.. Of(view, feature.Expression).Select(i => feature.Aggregate is null ? i : i with { Derivation = Derivation.Aggregation }).Distinct()];
    }

    /// <summary>The inputs of an expression over a view's rows.</summary>
    public IReadOnlyList<ColumnInput> Of(FeatureView view, string expression)
    {
        // Sources are read by their own names here, and renamed after: a star that renames could not be seen through.
        var from = view.Sql is { } sql ? $"(\n{sql}\n) AS _rows" : view.Source!;
        var analysis = engine.Analyze($"SELECT {Sql.Enclosed(expression)} AS v FROM {from}");
        var only = analysis.Relations is [var relation] ? relation : null;
        return [.. analysis.Columns.SelectMany(c => c.Inputs).Select(i => InTable(i with { Relation = i.Relation ?? only })).Distinct()];
    }

    /// <summary>The columns that a table or source has, by the names that it goes by here.</summary>
    public IReadOnlyList<string> ColumnsOf(string relation, IReadOnlyDictionary<string, PinnedRead> reads)
    {
        var source = definitions.Find<FeatureSource>(relation);
        return reads.TryGetValue(source?.TableName ?? relation, out var read)
            ? [.. read.Plan.Projection.Fields.Select(f => source?.Fields.FirstOrDefault(r => r.Value == f.Name).Key ?? f.Name)]
            : [];
    }

    /// <summary>An input of a source as one of its table, under the name that it has there.</summary>
    public ColumnInput InTable(ColumnInput input) => input.Relation is { } name && definitions.Find<FeatureSource>(name) is { } source
        ? input with { Relation = source.TableName, Column = source.Fields.GetValueOrDefault(input.Column, input.Column) }
        : input;
}
