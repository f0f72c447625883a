using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.PointInTime;

namespace Features.Core.Materialization;

/// <summary>A view's rows as SELECTs, by way of <see cref="ViewQuery"/>: what is stored online is what is joined.</summary>
internal sealed class ViewRows
{
    /// <summary>The relation of keys that <see cref="OfKeys"/> is limited to.</summary>
    public const string Affected = "_affected";

    private readonly FeatureView view;
    private readonly Entity entity;
    private readonly Schema columns;
    private readonly Schema? described;
    private readonly ViewQuery query;

    private ViewRows(FeatureView view, Entity entity, string relation, Schema columns, Schema? described)
    {
        (this.view, this.entity, this.columns, this.described, Relation) = (view, entity, columns, described, relation);
        query = ViewQuery.Of(view, entity, view.Features, relation, columns);
        query = described is null ? query : query.Widened(described);
    }

    /// <summary>The query over the source's rows.</summary>
    public ViewQuery Query => query;

    /// <summary>What stands after FROM.</summary>
    public string Relation { get; }

    /// <summary>SELECT: all rows, sorted by key and then in the view's order.</summary>
    public string Sorted => query.ByKey;

    /// <summary>SELECT: the source's rows with key and clocks, for comparing two sets of them: every column, what has parts as text.</summary>
    public string Whole
    {
        get
        {
            var all = columns.FieldsList.Select(f => f.DataType is NestedType ? $"CAST({Sql.Name(f.Name)} AS VARCHAR) AS {Sql.Name(f.Name)}" : Sql.Name(f.Name));
            var known = query.Keys.Append(view.Clocks.Event).Concat(view.Clocks.Available is { } available ? [available] : []).Distinct().Select(c => $"{Sql.Name(c)} IS NOT NULL");
            return $"SELECT {string.Join(", ", all)} FROM {Relation} AS _source WHERE {string.Join(" AND ", known)}";
        }
    }

    /// <summary>SELECT: the source's rows whose key is among <see cref="Affected"/>.</summary>
    public string OfKeys => $"SELECT * FROM {Relation} AS _source WHERE EXISTS (SELECT 1 FROM {Affected} AS _a WHERE {Same("_a", "_source")})";

    /// <summary>SELECT: keys among <see cref="Affected"/> that have no row, sorted.</summary>
    public string KeysWithoutRows => $"SELECT {KeyNames} FROM {Affected} AS _a WHERE NOT EXISTS (SELECT 1 FROM ({query.Rows}) AS _source WHERE {Same("_a", "_source")}) ORDER BY {KeyNames}";

    private string KeyNames => Sql.Names(query.Keys);

    /// <summary>The rows of a view over what a session has under the names of its source.</summary>
    public static async Task<ViewRows> OfAsync(ISqlSession session, FeatureView view, Entity entity, string relation, CancellationToken cancellationToken)
    {
        var columns = await session.DescribeAsync($"SELECT * FROM {relation} AS _source", cancellationToken).ConfigureAwait(false);
        var plain = new ViewRows(view, entity, relation, columns, described: null);
        return new ViewRows(view, entity, relation, columns, await plain.DescribeAsync(session, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The same over another relation of the same columns.</summary>
    public ViewRows Over(string relation) => new(view, entity, relation, columns, described);

    /// <summary>SELECT: keys of which two relations have different rows, or the same in different numbers. Both are as <see cref="Whole"/> yields them.</summary>
    public string Differing(string one, string other)
    {
        var all = Sql.Names(columns.FieldsList.Select(f => f.Name));
        return $"""
            SELECT DISTINCT {KeyNames} FROM (
            SELECT {KeyNames} FROM (SELECT {all}, 1 AS _n FROM {one} UNION ALL SELECT {all}, -1 AS _n FROM {other}) AS _both GROUP BY {all} HAVING sum(_n) <> 0
            ) AS _differing
            """;
    }

    /// <summary>The rows' schema.</summary>
    public Task<Schema> DescribeAsync(ISqlSession session, CancellationToken cancellationToken) => session.DescribeAsync(query.Rows, cancellationToken);

    private string Same(string one, string other) => string.Join(" AND ", query.Keys.Select(k => $"{one}.{Sql.Name(k)} = {other}.{Sql.Name(k)}"));
}
