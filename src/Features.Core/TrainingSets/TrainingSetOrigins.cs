using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Core.PointInTime;

namespace Features.Core.TrainingSets;

/// <summary>Where a training set's columns come from: each with its inputs, the relation always named.</summary>
internal sealed record TrainingSetOrigins(IReadOnlyList<OutputColumn> Columns, IReadOnlyList<IndirectInput> Indirect)
{
    public static TrainingSetOrigins Of(TrainingSet set, DefinitionSet definitions, JoinedRows joined, ISqlEngine engine)
    {
        var sources = joined.Sources.ToDictionary(s => s.Table.Identifier!.ToString());
        var spine = engine.Analyze(set.Spine);
        var only = spine.Relations is [var relation] ? relation : null;
        var carried = joined.Schema.FieldsList.Select(f => f.Name).Where(n => n != JoinedRows.RowColumn && !joined.FeatureSources.ContainsKey(n)).ToList();
        var inputs = only is null ? [] : sources[only].Plan.Projection.Fields.Select(f => f.Name).ToList();
        var columns = SelectLineage.Resolve(spine, carried, inputs).Select(c => Within(c, only)).ToList();
        var indirect = spine.Indirect.Select(i => i with { Relation = i.Relation ?? only }).ToList();
        foreach (var (name, reference) in joined.FeatureSources)
        {
            var parsed = FeatureReference.TryParse(reference)!;
            var view = definitions.Find<FeatureView>(parsed.View)!;
            columns.Add(OfFeature(name, view, view.Features.First(f => f.Name == parsed.Feature), engine));
        }

        foreach (var view in joined.FeatureSources.Values.Select(r => definitions.Find<FeatureView>(FeatureReference.TryParse(r)!.View)!).DistinctBy(v => v.Name))
        {
            var keys = definitions.Find<Entity>(view.EntityName)!.Keys.Select(k => new IndirectInput(view.Source, k.Name, "JOIN"));
            var clocks = new[] { view.Clocks.Event, view.Clocks.Available }.OfType<string>().Select(c => new IndirectInput(view.Source, c, "WINDOW"));
            indirect.AddRange([.. keys, .. clocks]);
        }

        return new TrainingSetOrigins(columns, [.. indirect.Distinct()]);
    }

    /// <summary>The tags that the set's table gets: of the table the join of its sources', of a column the join of its inputs', and what is declared on top.</summary>
    public TableTags Tags(TrainingSet set, DefinitionSet definitions, JoinedRows joined)
    {
        var bySource = joined.Sources.ToDictionary(s => s.Table.Identifier!.ToString(), s => TableTags.Read(s.Table.Metadata.Properties));
        var table = bySource.Values.Select(t => t.Table).Aggregate(TagLattice.Empty, TagLattice.Join);
        var columns = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var column in Columns)
        {
            var inherited = column.Inputs.Select(i => TagsOf(i, bySource)).Aggregate(TagLattice.Empty, TagLattice.Join);
            var declared = joined.FeatureSources.TryGetValue(column.Name!, out var source) && FeatureReference.TryParse(source) is { } reference
                ? definitions.Find<FeatureView>(reference.View)!.Features.First(f => f.Name == reference.Feature).Tags
                : TagLattice.Empty;
            if (TagLattice.Declare(inherited, declared) is { Count: > 0 } tags)
            {
                columns[column.Name!] = tags;
            }
        }

        return new TableTags(TagLattice.Declare(table, set.Tags), columns);
    }

    private static OutputColumn OfFeature(string name, FeatureView view, Feature feature, ISqlEngine engine)
    {
        if (feature.Expression == "*")
        {
            return new OutputColumn(name, []);
        }

        var inputs = engine.Analyze($"SELECT {Sql.Enclosed(feature.Expression)} AS v FROM {view.Source}").Columns.SelectMany(c => c.Inputs);
        return new OutputColumn(name, [.. inputs.Select(i => new ColumnInput(view.Source, i.Column, feature.Aggregate is null ? i.Derivation : Derivation.Aggregation)).Distinct()]);
    }

    private static OutputColumn Within(OutputColumn column, string? only) => column with { Inputs = [.. column.Inputs.Select(i => i with { Relation = i.Relation ?? only })] };

    /// <summary>An input whose column or relation is not known may be any of them.</summary>
    private static IReadOnlyDictionary<string, string> TagsOf(ColumnInput input, Dictionary<string, TableTags> bySource)
    {
        var tables = input.Relation is { } relation && bySource.TryGetValue(relation, out var one) ? [one] : bySource.Values.ToList();
        return tables
            .SelectMany(t => t.Columns.Where(c => input.Column == SelectLineage.AnyColumn || string.Equals(c.Key, input.Column, StringComparison.OrdinalIgnoreCase)).Select(c => c.Value))
            .Aggregate(TagLattice.Empty, TagLattice.Join);
    }
}
