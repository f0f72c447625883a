using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Core.PointInTime;
using Features.Core.TrainingSets.Splits;

namespace Features.Core.TrainingSets;

/// <summary>Where a training set's columns come from: each with its inputs, columns of tables, the relation named wherever it can be told.</summary>
internal sealed record TrainingSetOrigins(IReadOnlyList<OutputColumn> Columns, IReadOnlyList<IndirectInput> Indirect)
{
    public static TrainingSetOrigins Of(TrainingSetRows rows, DefinitionSet definitions, ISqlEngine engine)
    {
        var (set, selection, joined) = (rows.Set, rows.Features.Selection, rows.Joined);
        var sources = joined.Sources.ToDictionary(s => s.Table.Identifier!.ToString());
        var views = new ViewOrigins(definitions, engine);
        var spine = engine.Analyze(set.Spine);
        var only = spine.Relations is [var relation] ? relation : null;
        var features = rows.Features.Sources;
        var carried = joined.Schema.FieldsList.Select(f => f.Name).Where(n => n != JoinedRows.RowColumn && !features.ContainsKey(n)).ToList();
        var inputs = only is not null ? views.ColumnsOf(only, sources) : [];
        var columns = SelectLineage.Resolve(spine, carried, inputs).Select(c => c with { Inputs = [.. c.Inputs.Select(i => views.InTable(i with { Relation = i.Relation ?? only }))] }).ToList();
        var indirect = spine.Indirect.Select(i => views.InTable(new ColumnInput(i.Relation ?? only, i.Column, Derivation.Identity)) is var at ? i with { Relation = at.Relation, Column = at.Column } : i).ToList();
        var spineColumns = columns.ToList();
        columns.AddRange(selection.Features.Select(f => new OutputColumn(f.OutputName(set.FullNames), views.Of(f))));
        foreach (var feature in selection.OnDemand)
        {
            // Its expression reads the inputs by their own names, and columns of the spine.
            var read0 = feature.Inputs.Select(i => new OutputColumn(i.Name, views.Of(i.Feature))).Concat(spineColumns.Where(c => feature.View.Request.Any(r => r.Name == c.Name))).DistinctBy(c => c.Name).ToList();
            var computed = engine.Analyze($"SELECT {Sql.Enclosed(feature.Feature.Expression)} AS v FROM _joined").Columns[0];
            columns.AddRange(SelectLineage.Compose(read0, [computed with { Name = feature.OutputName(set.FullNames) }]));
        }

        foreach (var fitted in rows.Transformer.Fitted)
        {
            columns.AddRange(SelectLineage.Compose(columns, [.. fitted.Outputs.Select(o => new OutputColumn(o.Name, [new ColumnInput(null, fitted.Column, Derivation.Transformation)]))]));
        }

        if (rows.Split is { } split)
        {
            IReadOnlyList<string> decides = split.Columns.Count > 0 ? split.Columns : [set.Timestamp];
            columns.AddRange(SelectLineage.Compose(columns, [new OutputColumn(Split.Column, [.. decides.Select(c => new ColumnInput(null, c, Derivation.Transformation))])]));
        }

        foreach (var view in selection.Joined.Select(f => f.View).DistinctBy(v => v.Name))
        {
            indirect.AddRange((definitions.Find<Entity>(view.EntityName)?.Keys ?? []).SelectMany(k => views.Of(view, Sql.Name(k.Name))).Select(i => new IndirectInput(i.Relation, i.Column, "JOIN")));
            indirect.AddRange(new[] { view.Clocks.Event, view.Clocks.Available }.OfType<string>().SelectMany(c => views.Of(view, Sql.Name(c))).Select(i => new IndirectInput(i.Relation, i.Column, "WINDOW")));
        }

        return new TrainingSetOrigins(columns, [.. indirect.Distinct()]);
    }

    /// <summary>The tags that the set's table gets: of the table the join of its sources', of a column the join of its inputs', and what is declared on top.</summary>
    public TableTags Tags(TrainingSetRows rows)
    {
        var (set, selection) = (rows.Set, rows.Features.Selection);
        var bySource = rows.Joined.Sources.ToDictionary(s => s.Table.Identifier!.ToString(), s => TableTags.Read(s.Table.Metadata.Properties));
        var table = bySource.Values.Select(t => t.Table).Aggregate(TagLattice.Empty, TagLattice.Join);
        var declared = selection.Features.Select(f => (Name: f.OutputName(set.FullNames), f.Feature.Tags)).Concat(selection.OnDemand.Select(f => (Name: f.OutputName(set.FullNames), f.Feature.Tags)))
            .DistinctBy(f => f.Name).ToDictionary(f => f.Name, f => f.Tags);
        var columns = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var column in Columns)
        {
            var inherited = column.Inputs.Select(i => TagsOf(i, bySource)).Aggregate(TagLattice.Empty, TagLattice.Join);
            if (TagLattice.Declare(inherited, declared.GetValueOrDefault(column.Name!, TagLattice.Empty)) is { Count: > 0 } tags)
            {
                columns[column.Name!] = tags;
            }
        }

        return new TableTags(TagLattice.Declare(table, set.Tags), columns);
    }

    /// <summary>An input whose column or relation is not known may be any of them.</summary>
    private static IReadOnlyDictionary<string, string> TagsOf(ColumnInput input, Dictionary<string, TableTags> bySource)
    {
        var tables = input.Relation is { } relation && bySource.TryGetValue(relation, out var one) ? [one] : bySource.Values.ToList();
        return tables
            .SelectMany(t => t.Columns.Where(c => input.Column == SelectLineage.AnyColumn || string.Equals(c.Key, input.Column, StringComparison.OrdinalIgnoreCase)).Select(c => c.Value))
            .Aggregate(TagLattice.Empty, TagLattice.Join);
    }
}
