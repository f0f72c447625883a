using System.Globalization;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>The SELECT that evaluates a view's expressions for the kernel: keys, clocks, values; rows without a key or a clock left out.</summary>
internal sealed record ViewQuery
{
    private const string Source = "_source";

    private ViewQuery()
    {
    }

    public const string Event = "_event";

    public const string Available = "_available";

    /// <summary>The rows in the view's order: clocks, order_by, the canonical row order; in any order for a view to which it does not matter.</summary>
    public string Text => NeedsOrder ? $"{Rows} ORDER BY {string.Join(", ", Order)}" : Rows;

    /// <summary>The rows in any order.</summary>
    public string Rows => $"SELECT {string.Join(", ", Columns)} FROM {Relation} AS {Source} WHERE {string.Join(" AND ", Conditions)}";

    /// <summary>The key columns of the result, in the entity's order.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>The distinct expressions and the result columns that hold them.</summary>
    public required IReadOnlyList<(string Expression, string Column)> Values { get; init; }

    private string Relation { get; init; } = "";

    private List<string> Columns { get; init; } = [];

    private List<string> Conditions { get; init; } = [];

    private List<string> Order { get; init; } = [];

    private List<string> Clocks { get; init; } = [];

    private bool NeedsOrder { get; init; }

    public int IndexOf(Feature feature) => IsOfRows(feature) ? -1 : Values.Select(v => v.Expression).ToList().IndexOf(feature.Expression);

    /// <summary>The query over what a view reads.</summary>
    /// <param name="view">The view.</param>
    /// <param name="entity">Its entity.</param>
    /// <param name="features">Those whose values are wanted.</param>
    /// <param name="relation">What stands after FROM.</param>
    /// <param name="columns">The relation's columns.</param>
    public static ViewQuery Of(FeatureView view, Entity entity, IReadOnlyList<Feature> features, string relation, Apache.Arrow.Schema columns)
    {
        var keys = entity.Keys.Select(k => k.Name).ToList();
        var values = features.Where(f => !IsOfRows(f)).GroupBy(f => f.Expression).Select((g, i) => (Expression: g.Key, Column: $"_value{i}", IsCounted: g.All(f => f.Aggregate == Aggregate.Count))).ToList();
        var clocks = new[] { view.Clocks.Event, view.Clocks.Available }.OfType<string>().ToList();
        var rest = columns.FieldsList.Where(f => !clocks.Contains(f.Name) && !view.OrderBy.Contains(f.Name)).Select(OrderOf);
        return new ViewQuery
        {
            Relation = relation,
            Keys = keys,
            Values = [.. values.Select(v => (v.Expression, v.Column))],
            Clocks = clocks,
            Columns =
            [
                .. keys.Select(k => $"{Column(k)} AS {Sql.Name(k)}"),
                $"{Column(view.Clocks.Event)} AS {Event}",
                .. view.Clocks.Available is { } available ? [$"{Column(available)} AS {Available}"] : Enumerable.Empty<string>(),
                // What is only counted needs no value, so it may be of any type.
                .. values.Select(v => v.IsCounted ? $"CASE WHEN {Sql.Enclosed(v.Expression)} IS NOT NULL THEN TRUE END AS {v.Column}" : $"{Sql.Enclosed(v.Expression)} AS {v.Column}"),
            ],
            Conditions = [.. keys.Concat(clocks).Distinct().Select(c => $"{Column(c)} IS NOT NULL")],
            Order = [.. clocks.Select(Column), .. view.OrderBy.Select(c => $"{Column(c)} NULLS FIRST"), .. rest.Select(c => $"{c} NULLS LAST")],
            // Ties are decided by values alone; most aggregates need no order.
            NeedsOrder = features.Any(f => f.Aggregate is null or Aggregate.First or Aggregate.Last),
        };
    }

    /// <summary>The same query with integers in the two widths that a table has.</summary>
    /// <param name="described">The columns of its result.</param>
    public ViewQuery Widened(Apache.Arrow.Schema described)
    {
        var first = Columns.Count - Values.Count;
        return this with
        {
            Columns = [.. Columns.Select((text, c) => (c < first ? null : described.GetFieldByIndex(c).DataType) switch
            {
                Int8Type or Int16Type or UInt8Type or UInt16Type => Cast(text, c - first, "INTEGER"),
                UInt32Type => Cast(text, c - first, "BIGINT"),
                _ => text,
            })],
        };
    }

    /// <summary>The rows that happened within a range of moments, both ends inclusive and in microseconds since 1970 UTC, and were known by its end.</summary>
    /// <param name="from">The begin; null for none.</param>
    /// <param name="to">The end.</param>
    /// <param name="described">The columns of the result.</param>
    public ViewQuery Within(long? from, long to, Apache.Arrow.Schema described)
    {
        var conditions = new List<string>();
        foreach (var (clock, name) in Clocks.Zip([Event, Available]))
        {
            var type = described.GetFieldByName(name).DataType;
            conditions.AddRange(Moments.Literal(to, type) is { } end ? [$"{Column(clock)} <= {end}"] : Array.Empty<string>());
            conditions.AddRange(name == Event && from is { } begin && Moments.Literal(begin, type) is { } start ? [$"{Column(clock)} >= {start}"] : Array.Empty<string>());
        }

        return this with { Conditions = [.. Conditions, .. conditions] };
    }

    /// <summary>The rows sorted by key, and then in the view's order. Rows that stand in no order are the same, so that the result may be counted off.</summary>
    public string ByKey => $"{Rows} ORDER BY {string.Join(", ", Keys.Select(Column).Concat(Order).Concat(Values.Select(v => v.Column)))}";

    /// <summary>The rows whose clocks a relation has, in the view's order.</summary>
    public string Among(string relation) =>
        $"{(this with { Conditions = [.. Conditions, $"({string.Join(", ", Clocks.Select(Column))}) IN (SELECT {(Clocks.Count > 1 ? $"({Event}, {Available})" : Event)} FROM {relation})"] }).Rows} ORDER BY {string.Join(", ", Order)}";

    private string Cast(string text, int value, string type) => $"CAST({text[..^$" AS {Values[value].Column}".Length]} AS {type}) AS {Values[value].Column}";

    private static bool IsOfRows(Feature feature) => feature is { Aggregate: Aggregate.Count, Expression: "*" };

    /// <summary>What the canonical row order sorts a column by. The entries of a map stand in no order, so equal maps are made one.</summary>
    private static string OrderOf(Apache.Arrow.Field field) => field.DataType is MapType ? $"list_sort(map_entries({Column(field.Name)}))" : Column(field.Name);

    private static string Column(string name) => $"{Source}.{Sql.Name(name)}";
}
