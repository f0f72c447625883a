using System.Text.Json.Nodes;
using Features.Core.Engine;

namespace Features.DuckDb.Analysis;

internal sealed partial class SelectAnalyzer
{
    /// <summary>Words without brackets that DuckDB parses as columns and binds as functions.</summary>
    private static readonly HashSet<string> ClockWords = new(StringComparer.OrdinalIgnoreCase) { "current_timestamp", "current_date", "current_time", "localtime", "localtimestamp" };

    /// <summary>The base columns of an expression, and how their values come into it.</summary>
    private IReadOnlyList<ColumnInput> Inputs(JsonObject expression, LineageScope scope, IReadOnlySet<string> bound)
    {
        IReadOnlyList<ColumnInput> Of(IEnumerable<JsonObject> parts, Derivation derivation) => parts.SelectMany(p => Inputs(p, scope, bound)).AtLeast(derivation).Merge();
        switch (expression.Class())
        {
            case "COLUMN_REF":
                return Reference(expression["column_names"]!.AsArray(), scope, bound);
            case "CASE":
                Influence(expression.Items("case_checks").Select(c => c["when_expr"]!.AsObject()), "CONDITIONAL", scope);
                return Of(expression.Items("case_checks").Select(c => c["then_expr"]!.AsObject()).Concat(Expressions(expression, "else_expr")), Derivation.Transformation);
            case "WINDOW":
                Influence(Expressions(expression, "partitions").Concat(Orders(expression, "orders")), "WINDOW", scope);
                Influence(Expressions(expression, "filter_expr"), "FILTER", scope);
                return Of(Expressions(expression, "children").Concat(Expressions(expression, "default_expr")), Derivation.Aggregation);
            case "FUNCTION":
                return Function(expression, Of, scope);
            case "LAMBDA":
                return Lambda(expression, scope, bound);
            case "SUBQUERY":
                var columns = expression.Queries().SelectMany(q => Query(q, scope)).SelectMany(c => c.Inputs);
                return columns.Concat(Of(Expressions(expression, "child"), Derivation.Transformation)).AtLeast(Derivation.Transformation).Merge();
            case "STAR":
                return [.. scope.Sources.Where(s => s.Relation is not null).Select(s => new ColumnInput(s.Relation, "*", Derivation.Transformation))];
            default:
                return Of(expression.Children().Where(c => c.ContainsKey("class")), Derivation.Transformation);
        }
    }

    private IReadOnlyList<ColumnInput> Reference(JsonArray path, LineageScope scope, IReadOnlySet<string> bound)
    {
        var first = (string?)path[0] ?? "";
        if (bound.Contains(first))
        {
            return [];
        }

        if (path.Count == 1 && ClockWords.Contains(first))
        {
            volatileFunctions.Add(first.ToLowerInvariant());
            return [];
        }

        return scope.Resolve(path);
    }

    private IReadOnlyList<ColumnInput> Function(JsonObject function, Func<IEnumerable<JsonObject>, Derivation, IReadOnlyList<ColumnInput>> inputs, LineageScope scope)
    {
        var name = function.Text("function_name").ToLowerInvariant();
        if (functions.IsVolatile(name, Expressions(function, "children").Count()))
        {
            volatileFunctions.Add(name);
        }

        var isAggregate = functions.Aggregates.Contains(name);
        Influence(Expressions(function, "filter"), "FILTER", scope);
        var ordered = function["order_bys"] is JsonObject modifier ? Orders(modifier, "orders") : [];
        return inputs(Expressions(function, "children").Concat(ordered), isAggregate ? Derivation.Aggregation : Derivation.Transformation);
    }

    private IReadOnlyList<ColumnInput> Lambda(JsonObject lambda, LineageScope scope, IReadOnlySet<string> bound)
    {
        var parameters = lambda["lhs"] is JsonObject left
            ? left.Expressions().Where(e => e.Class() == "COLUMN_REF").Select(e => (string?)e["column_names"]!.AsArray()[^1] ?? "")
            : [];
        var inner = new HashSet<string>(bound.Concat(parameters), StringComparer.OrdinalIgnoreCase);
        return lambda["expr"] is JsonObject body ? Inputs(body, scope, inner).AtLeast(Derivation.Transformation) : [];
    }

    private static IEnumerable<JsonObject> Expressions(JsonObject node, string key) => Syntax.Objects(node[key]);

    private static IEnumerable<JsonObject> Orders(JsonObject node, string key) => node.Items(key).Select(o => o["expression"]!.AsObject());
}
