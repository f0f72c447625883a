using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Iceberg.Spec;

namespace Features.Core.PointInTime;

/// <summary>The SELECT that evaluates a view's expressions for the kernel: keys, clocks, values; rows without a key or a clock left out.</summary>
internal sealed class ViewQuery
{
    private const string Source = "_source";

    private ViewQuery(string sql, IReadOnlyList<string> keys, IReadOnlyList<(string Expression, string Column)> values)
    {
        Text = sql;
        Keys = keys;
        Values = values;
    }

    public const string Event = "_event";

    public const string Available = "_available";

    public string Text { get; }

    /// <summary>The key columns of the result, in the entity's order.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The distinct expressions and the result columns that hold them.</summary>
    public IReadOnlyList<(string Expression, string Column)> Values { get; }

    public int IndexOf(Feature feature) => IsOfRows(feature) ? -1 : Values.Select(v => v.Expression).ToList().IndexOf(feature.Expression);

    public static ViewQuery Of(FeatureView view, Entity entity, IReadOnlyList<Feature> features, Schema source)
    {
        var keys = entity.Keys.Select(k => k.Name).ToList();
        var values = features.Where(f => !IsOfRows(f)).GroupBy(f => f.Expression).Select((g, i) => (Expression: g.Key, Column: $"_value{i}", IsCounted: g.All(f => f.Aggregate == Aggregate.Count))).ToList();
        var clocks = new[] { view.Clocks.Event, view.Clocks.Available }.OfType<string>().ToList();
        var columns = keys.Select(k => $"{Column(k)} AS {Sql.Name(k)}")
            .Append($"{Column(view.Clocks.Event)} AS {Event}")
            .Concat(view.Clocks.Available is { } available ? [$"{Column(available)} AS {Available}"] : Enumerable.Empty<string>())
            // What is only counted needs no value, so it may be of any type.
            .Concat(values.Select(v => v.IsCounted ? $"CASE WHEN {Sql.Enclosed(v.Expression)} IS NOT NULL THEN TRUE END AS {v.Column}" : $"{Sql.Enclosed(v.Expression)} AS {v.Column}"));
        var sql = $"SELECT {string.Join(", ", columns)} FROM {view.Source} AS {Source} WHERE {string.Join(" AND ", keys.Concat(clocks).Distinct().Select(c => $"{Column(c)} IS NOT NULL"))}{Order(view, features, clocks, source)}";
        return new ViewQuery(sql, keys, [.. values.Select(v => (v.Expression, v.Column))]);
    }

    /// <summary>Ties of a latest value are decided by values alone: order_by, then the canonical row order; so the rows come in it. Aggregates need no order.</summary>
    private static string Order(FeatureView view, IReadOnlyList<Feature> features, IReadOnlyList<string> clocks, Schema source)
    {
        if (features.All(f => f.Aggregate is not null))
        {
            return "";
        }

        // Maps have no order; two rows that differ in nothing else are one to a feature that cannot read maps either.
        var rest = source.Fields.Where(f => f.Type is not (Iceberg.Spec.MapType or PrimitiveType { Kind: PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography }))
            .Select(f => f.Name).Except(clocks).Except(view.OrderBy);
        return $" ORDER BY {string.Join(", ", clocks.Select(Column).Concat(view.OrderBy.Select(c => $"{Column(c)} NULLS FIRST")).Concat(rest.Select(c => $"{Column(c)} NULLS LAST")))}";
    }

    private static bool IsOfRows(Feature feature) => feature is { Aggregate: Aggregate.Count, Expression: "*" };

    private static string Column(string name) => $"{Source}.{Sql.Name(name)}";
}
