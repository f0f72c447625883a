using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.PointInTime;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Materialization;

/// <summary>
/// A view's rows as SELECTs: those of <see cref="ViewQuery"/>, sorted by key first, so that a key's rows come together. The one place here that knows how that query is written.
/// </summary>
internal sealed class ViewRows
{
    /// <summary>The relation of keys that <see cref="OfKeys"/> is limited to.</summary>
    public const string Affected = "_affected";

    private const string OrderBy = " ORDER BY ";
    private readonly FeatureView view;
    private readonly Entity entity;
    private readonly Schema columns;

    private ViewRows(FeatureView view, Entity entity, string relation, Schema columns)
    {
        (this.view, this.entity, this.columns) = (view, entity, columns);
        Relation = relation;
        Keys = [.. entity.Keys.Select(k => k.Name)];
        Query = ViewQuery.Of(view with { Source = relation, Sql = null }, entity, view.Features, columns);
        KeyNames = Sql.Names(Keys);
    }

    /// <summary>What stands after FROM.</summary>
    public string Relation { get; }

    /// <summary>The key columns, in the entity's order.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The view's own query, in its order.</summary>
    public ViewQuery Query { get; }

    private string KeyNames { get; }

    /// <summary>SELECT: all rows, sorted by key and then in the view's order. Rows that stand in no order are the same, so that the result may be counted off.</summary>
    public string Sorted
    {
        get
        {
            var at = Query.Text.LastIndexOf(OrderBy, StringComparison.Ordinal);
            var (select, order) = at < 0 ? (Query.Text, $"{Clocks}") : (Query.Text[..at], Query.Text[(at + OrderBy.Length)..]);
            var sort = Keys.Select(k => $"_source.{Sql.Name(k)}").Append(order).Concat(Query.Values.Select(v => v.Column));
            return $"{select}{OrderBy}{string.Join(", ", sort)}";
        }
    }

    /// <summary>SELECT: the distinct keys of the rows.</summary>
    public string DistinctKeys => $"SELECT DISTINCT {KeyNames} FROM ({Query.Text}) AS _rows";

    /// <summary>SELECT: what tells rows of one key apart, for comparing two sets of them: keys, clocks, values, and every other column, what has parts as text.</summary>
    public string Whole
    {
        get
        {
            var rest = columns.Fields.Select(f => f.Type is PrimitiveType ? Sql.Name(f.Name) : $"CAST({Sql.Name(f.Name)} AS VARCHAR) AS {Sql.Name(f.Name)}");
            var known = Keys.Append(view.Clocks.Event).Concat(view.Clocks.Available is { } available ? [available] : []).Distinct().Select(c => $"{Sql.Name(c)} IS NOT NULL");
            return $"SELECT {string.Join(", ", rest)} FROM {Relation} AS _source WHERE {string.Join(" AND ", known)}";
        }
    }

    private string Clocks => view.Clocks.Available is null ? ViewQuery.Event : $"{ViewQuery.Event}, {ViewQuery.Available}";

    /// <summary>The rows of a view over what a session has under the names of its source.</summary>
    public static async Task<ViewRows> OfAsync(ISqlSession session, FeatureView view, Entity entity, string relation, CancellationToken cancellationToken)
    {
        var described = await session.DescribeAsync($"SELECT * FROM {relation} AS _source", cancellationToken).ConfigureAwait(false);
        return new ViewRows(view, entity, relation, ArrowSchema.ToIceberg(described));
    }

    /// <summary>The same over another relation of the same columns.</summary>
    public ViewRows Over(string relation) => new(view, entity, relation, columns);

    /// <summary>SELECT: the source's rows whose key is among <see cref="Affected"/>.</summary>
    public string OfKeys => $"SELECT * FROM {Relation} AS _source WHERE EXISTS (SELECT 1 FROM {Affected} AS _a WHERE {Same("_a", "_source")})";

    /// <summary>SELECT: keys among <see cref="Affected"/> that have no row, sorted.</summary>
    public string KeysWithoutRows => $"SELECT {KeyNames} FROM {Affected} AS _a WHERE NOT EXISTS (SELECT 1 FROM ({Query.Text}) AS _source WHERE {Same("_a", "_source")}) ORDER BY {KeyNames}";

    /// <summary>SELECT: keys of which the relations have different rows, or the same in different numbers. Both are as <see cref="Whole"/> yields them.</summary>
    public string Differing(string one, string other)
    {
        var rest = Sql.Names(columns.Fields.Select(f => f.Name));
        return $"""
            SELECT DISTINCT {KeyNames} FROM (
            SELECT {KeyNames} FROM (SELECT {rest}, 1 AS _n FROM {one} UNION ALL SELECT {rest}, -1 AS _n FROM {other}) AS _both GROUP BY {rest} HAVING sum(_n) <> 0
            ) AS _differing
            """;
    }

    /// <summary>The rows' schema.</summary>
    public Task<ArrowSchemaType> DescribeAsync(ISqlSession session, CancellationToken cancellationToken) => session.DescribeAsync(Query.Text, cancellationToken);

    private string Same(string one, string other) => string.Join(" AND ", Keys.Select(k => $"{one}.{Sql.Name(k)} = {other}.{Sql.Name(k)}"));
}
