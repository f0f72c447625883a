using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Features.Core.Engine;

namespace Features.DuckDb.Analysis;

/// <summary>Column lineage of a SELECT, from its syntax alone: traced through subqueries and common table expressions to base relations.</summary>
internal sealed partial class SelectAnalyzer
{
    private readonly FunctionCatalog functions;
    private readonly Func<JsonObject, string> write;
    private readonly List<string> relations = [];
    private readonly List<IndirectInput> indirect = [];
    private readonly SortedSet<string> volatileFunctions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<TracedColumn>> ctes = new(StringComparer.OrdinalIgnoreCase);

    private SelectAnalyzer(FunctionCatalog functions, Func<JsonObject, string> write)
    {
        this.functions = functions;
        this.write = write;
    }

    internal static SelectAnalysis Analyze(SyntaxTree syntax, string sql, FunctionCatalog functions)
    {
        var statement = syntax.Parse(sql);
        var analyzer = new SelectAnalyzer(functions, expression => syntax.Write(OnlyExpression(expression), sql)["SELECT ".Length..]);
        var columns = analyzer.Query(statement["node"]!.AsObject(), outer: null);
        return new SelectAnalysis(
            [.. analyzer.relations.Distinct(StringComparer.OrdinalIgnoreCase)],
            [.. columns.Select(c => new OutputColumn(c.Name, c.Inputs))],
            [.. analyzer.indirect.Distinct()],
            [.. analyzer.volatileFunctions]);
    }

    private IReadOnlyList<TracedColumn> Query(JsonObject query, LineageScope? outer)
    {
        var hidden = new List<(string Name, IReadOnlyList<TracedColumn>? Columns)>();
        foreach (var cte in query["cte_map"]?["map"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            var body = cte["value"]!.AsObject();
            var columns = Renamed(Query(body["query"]!["node"]!.AsObject(), outer), body["aliases"] as JsonArray);
            hidden.Add((cte.Text("key"), ctes.GetValueOrDefault(cte.Text("key"))));
            ctes[cte.Text("key")] = columns;
        }

        var result = query.Text("type") switch
        {
            "SELECT_NODE" => Select(query, outer),
            "RECURSIVE_CTE_NODE" => Recursive(query, outer),
            _ => Combined(query.Children().Where(c => c.IsQuery()).Select(q => Query(q, outer)).ToList()),
        };
        if (query.Text("type") != "SELECT_NODE")
        {
            var scope = new LineageScope([], outer);
            scope.Aliases.AddRange(result);
            Modifiers(query, scope, result);
        }

        foreach (var (name, columns) in hidden)
        {
            if (columns is null)
            {
                ctes.Remove(name);
            }
            else
            {
                ctes[name] = columns;
            }
        }

        return result;
    }

    private List<TracedColumn> Select(JsonObject select, LineageScope? outer)
    {
        var sources = new List<LineageSource>();
        var scope = new LineageScope(sources, outer);
        From(select["from_table"]!.AsObject(), sources, scope);
        var columns = new List<TracedColumn>();
        foreach (var expression in select.Items("select_list"))
        {
            columns.AddRange(expression.Class() == "STAR" && !expression.Has("expr")
                ? Star(expression, sources, scope)
                : [new TracedColumn(NameOf(expression), Inputs(expression, scope, FrozenSet<string>.Empty))]);
            scope.Aliases.Clear();
            scope.Aliases.AddRange(columns);
        }

        Influence(Expressions(select, "where_clause"), "FILTER", scope);
        Influence(Expressions(select, "having"), "FILTER", scope);
        Influence(Expressions(select, "qualify"), "FILTER", scope);
        Groups(select, scope, columns);
        Modifiers(select, scope, columns);
        return columns;
    }

    private IReadOnlyList<TracedColumn> Recursive(JsonObject query, LineageScope? outer)
    {
        var name = query.Text("cte_name");
        var start = Renamed(Query(query["left"]!.AsObject(), outer), query["aliases"] as JsonArray);
        var before = ctes.GetValueOrDefault(name);
        ctes[name] = start;
        var step = Query(query["right"]!.AsObject(), outer);
        if (before is null)
        {
            ctes.Remove(name);
        }
        else
        {
            ctes[name] = before;
        }

        return Combined(start, step);
    }

    /// <summary>UNION, INTERSECT, EXCEPT: by position, names from the first.</summary>
    private static IReadOnlyList<TracedColumn> Combined(params List<IReadOnlyList<TracedColumn>> sides)
    {
        var sameLength = sides.All(s => s.Count == sides[0].Count);
        return !sameLength ? [.. sides.SelectMany(s => s)]
            : [.. sides[0].Select((column, i) => column with { Inputs = sides.SelectMany(s => s[i].Inputs).Merge() })];
    }

    private void From(JsonObject from, List<LineageSource> sources, LineageScope scope)
    {
        var alias = from.Text("alias");
        switch (from.Text("type"))
        {
            case "EMPTY":
                break;
            case "BASE_TABLE":
                sources.Add(Table(from, alias));
                break;
            case "SUBQUERY":
                sources.Add(new(alias, null, Renamed(from.Queries().SelectMany(q => Query(q, scope)).ToList(), from["column_name_alias"] as JsonArray)));
                break;
            case "JOIN":
                From(from["left"]!.AsObject(), sources, scope);
                From(from["right"]!.AsObject(), sources, scope);
                Influence(Expressions(from, "condition"), "JOIN", scope);
                foreach (var column in from["using_columns"]!.AsArray())
                {
                    Using((string?)column ?? "", sources);
                }

                break;
            default:
                // A table function or a list of values: made of its arguments.
                var inputs = from.Children().SelectMany(c => c.ContainsKey("class") ? Inputs(c, scope, FrozenSet<string>.Empty) : []).AtLeast(Derivation.Transformation).Merge();
                var names = from["column_name_alias"] as JsonArray ?? from["expected_names"] as JsonArray ?? [];
                sources.Add(new(alias, null, [.. names.Select(n => new TracedColumn((string?)n, inputs))]));
                break;
        }
    }

    private LineageSource Table(JsonObject table, string alias)
    {
        var (schema, name) = (table.Text("schema_name"), table.Text("table_name"));
        if (schema.Length == 0 && ctes.TryGetValue(name, out var columns))
        {
            return new(alias.Length > 0 ? alias : name, null, columns);
        }

        var written = string.Join('.', new[] { table.Text("catalog_name"), schema, name }.Where(p => p.Length > 0));
        relations.Add(written);
        var relation = new LineageSource(alias.Length > 0 ? alias : name, written, null);
        return table["column_name_alias"] is JsonArray { Count: > 0 } renamed ? relation with { Columns = Renamed([.. Unknown(relation)], renamed) } : relation;
    }

    /// <summary>A star's columns without those of EXCLUDE; those of REPLACE follow them.</summary>
    private IEnumerable<TracedColumn> Star(JsonObject star, IReadOnlyList<LineageSource> sources, LineageScope scope)
    {
        var qualifier = star.Text("relation_name");
        var replaced = star.Items("replace_list").Select(r => new TracedColumn(r.Text("key"), Inputs(r["value"]!.AsObject(), scope, FrozenSet<string>.Empty))).ToList();
        var left = (star["exclude_list"] as JsonArray ?? []).Select(e => (string?)e).Concat(replaced.Select(r => r.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return sources.Where(s => qualifier.Length == 0 || qualifier.Equals(s.Alias, StringComparison.OrdinalIgnoreCase))
            .SelectMany(s => s.Columns ?? [.. Unknown(s)])
            .Where(c => c.Name is null || !left.Contains(c.Name))
            .Concat(replaced);
    }

    private static IEnumerable<TracedColumn> Unknown(LineageSource source) => [new TracedColumn(null, [new ColumnInput(source.Relation, "*", Derivation.Identity)])];

    private void Groups(JsonObject select, LineageScope scope, List<TracedColumn> columns)
    {
        foreach (var group in select.Items("group_expressions"))
        {
            Add("GROUP_BY", Ordinal(group, columns) ?? Inputs(group, scope, FrozenSet<string>.Empty));
        }

        if (select.Text("aggregate_handling") == "FORCE_AGGREGATES")
        {
            Add("GROUP_BY", columns.Where(c => c.Inputs.All(i => i.Derivation != Derivation.Aggregation)).SelectMany(c => c.Inputs));
        }
    }

    private void Modifiers(JsonObject query, LineageScope scope, IReadOnlyList<TracedColumn> columns)
    {
        foreach (var modifier in query.Items("modifiers"))
        {
            foreach (var order in Orders(modifier, "orders"))
            {
                Add("SORT", Ordinal(order, columns) ?? Inputs(order, scope, FrozenSet<string>.Empty));
            }

            Influence(Expressions(modifier, "distinct_on_targets"), "GROUP_BY", scope);
        }
    }

    /// <summary><c>GROUP BY 2</c>, <c>ORDER BY 2</c>.</summary>
    private static IReadOnlyList<ColumnInput>? Ordinal(JsonObject expression, IReadOnlyList<TracedColumn> columns) =>
        expression.Class() == "CONSTANT" && expression["value"]?["value"] is JsonValue value && value.TryGetValue<int>(out var place) && place >= 1 && place <= columns.Count
            ? columns[place - 1].Inputs
            : null;

    private void Using(string column, IReadOnlyList<LineageSource> sources) =>
        Add("JOIN", sources.SelectMany(s => new LineageScope([s], null).Resolve([column])));

    private void Influence(IEnumerable<JsonObject> expressions, string kind, LineageScope scope) =>
        Add(kind, expressions.SelectMany(e => Inputs(e, scope, FrozenSet<string>.Empty)).ToList());

    private void Add(string kind, IEnumerable<ColumnInput> inputs) => indirect.AddRange(inputs.Select(i => new IndirectInput(i.Relation, i.Column, kind)));

    private static IReadOnlyList<TracedColumn> Renamed(IReadOnlyList<TracedColumn> columns, JsonArray? names) => names is not { Count: > 0 } ? columns
        : columns.Any(c => c.Name is null)
            ? [.. names.Select(n => new TracedColumn((string?)n, columns.SelectMany(c => c.Inputs).AtLeast(Derivation.Transformation).Merge())), .. columns.Where(c => c.Name is null)]
            : [.. columns.Select((c, i) => i < names.Count ? c with { Name = (string?)names[i] } : c)];

    private string NameOf(JsonObject expression) => expression.Text("alias") is { Length: > 0 } alias ? alias
        : expression.Class() == "COLUMN_REF" ? (string?)expression["column_names"]!.AsArray()[^1] ?? ""
        : write(expression);

    /// <summary>A statement that selects the expression alone; its text is the name that the engine gives the column.</summary>
    private static JsonObject OnlyExpression(JsonObject expression) => new()
    {
        ["node"] = new JsonObject
        {
            ["type"] = "SELECT_NODE",
            ["modifiers"] = new JsonArray(),
            ["cte_map"] = new JsonObject { ["map"] = new JsonArray() },
            ["select_list"] = new JsonArray(expression.DeepClone()),
            ["from_table"] = new JsonObject { ["type"] = "EMPTY", ["alias"] = "", ["sample"] = null },
            ["where_clause"] = null,
            ["group_expressions"] = new JsonArray(),
            ["group_sets"] = new JsonArray(),
            ["aggregate_handling"] = "STANDARD_HANDLING",
            ["having"] = null,
            ["sample"] = null,
            ["qualify"] = null,
        },
        ["named_param_map"] = new JsonArray(),
    };
}
