using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Features.Core.Engine;
using Features.DuckDb.Sessions;

namespace Features.DuckDb.Analysis;

/// <summary>
/// What a person's SELECT may name: the session's relations, its own common table expressions, functions of values, and a few table functions. Everything else is refused before the engine sees it; the
/// engine's own lock (<see cref="UserSession"/>) is the second wall.
/// </summary>
internal sealed class UserSelect(IReadOnlyCollection<RelationName> relations, FunctionCatalog functions, string sql)
{
    private static readonly HashSet<string> TableFunctions = new(StringComparer.OrdinalIgnoreCase) { "range", "generate_series", "unnest" };
    private static readonly HashSet<string> References = new(StringComparer.Ordinal) { "BASE_TABLE", "JOIN", "SUBQUERY", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT" };

    /// <summary>Refuses the statement if it names anything else.</summary>
    /// <exception cref="SqlException">It does; the message names it.</exception>
    internal void Check(JsonObject statement) => Check(statement, ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase));

    private void Check(JsonObject node, ImmutableHashSet<string> ctes)
    {
        if (node.IsQuery())
        {
            ctes = WithCtes(node, ctes);
        }

        if (node["alias"] is not null && !node.ContainsKey("class") && !IsTypeInfo(node))
        {
            CheckReference(node, ctes);
        }
        else if (node.Class() == "FUNCTION")
        {
            CheckFunction(node.Text("function_name"));
        }

        var isTableFunction = node.Text("type") == "TABLE_FUNCTION" && !node.ContainsKey("class");
        foreach (var (key, value) in node)
        {
            if (key == "cte_map")
            {
                continue;
            }

            foreach (var child in Syntax.Objects(value))
            {
                if (isTableFunction && key == "function")
                {
                    CheckAll(child.Children(), ctes);
                }
                else
                {
                    Check(child, ctes);
                }
            }
        }
    }

    /// <summary>A common table expression sees those before it; a recursive one sees itself.</summary>
    private ImmutableHashSet<string> WithCtes(JsonObject query, ImmutableHashSet<string> ctes)
    {
        if (query.Text("type") == "RECURSIVE_CTE_NODE")
        {
            ctes = ctes.Add(query.Text("cte_name"));
        }

        foreach (var cte in query["cte_map"]?["map"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            Check(cte["value"]!.AsObject(), ctes);
            ctes = ctes.Add(cte.Text("key"));
        }

        return ctes;
    }

    private void CheckReference(JsonObject reference, ImmutableHashSet<string> ctes)
    {
        var type = reference.Text("type");
        if (!References.Contains(type))
        {
            throw Refused($"{type.ToLowerInvariant().Replace('_', ' ')} cannot be read", "select from the tables offered");
        }

        if (type == "TABLE_FUNCTION" && reference["function"] is JsonObject function && !TableFunctions.Contains(function.Text("function_name")))
        {
            throw Refused($"the table function '{function.Text("function_name")}' is not allowed", $"the ones allowed are {string.Join(", ", TableFunctions)}");
        }

        if (type == "BASE_TABLE" && !IsKnown(reference, ctes))
        {
            throw Refused($"there is no relation '{reference.Text("table_name")}'", relations.Count == 0 ? "none were added" : $"those to be read are {string.Join(", ", relations.Select(r => r.Schema is null ? r.Name : $"{r.Schema}.{r.Name}"))}");
        }
    }

    private bool IsKnown(JsonObject table, ImmutableHashSet<string> ctes)
    {
        var (catalog, schema, name) = (table.Text("catalog_name"), table.Text("schema_name"), table.Text("table_name"));
        return catalog.Length == 0 && ((schema.Length == 0 && ctes.Contains(name))
            || relations.Any(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && r.SchemaOrDefault.Equals(schema.Length == 0 ? RelationName.DefaultSchema : schema, StringComparison.OrdinalIgnoreCase)));
    }

    // What a type with parameters says of itself, such as a decimal's width, has an alias too.
    private static bool IsTypeInfo(JsonObject node) => node.Text("type").EndsWith("_TYPE_INFO", StringComparison.Ordinal);

    private void CheckFunction(string name)
    {
        if (!functions.Harmless.Contains(name.ToLowerInvariant()))
        {
            throw Refused(
                $"the function '{name}' is not allowed",
                name.ToLowerInvariant() is "unnest" or "unlist" ? "read it in FROM: FROM unnest([1, 2]) AS t(v), or write the rows with VALUES or UNION ALL" : "use functions of values only");
        }
    }

    private void CheckAll(IEnumerable<JsonObject> nodes, ImmutableHashSet<string> ctes)
    {
        foreach (var node in nodes)
        {
            Check(node, ctes);
        }
    }

    private SqlException Refused(string what, string remedy) => new($"{what}; {remedy}", sql);
}
