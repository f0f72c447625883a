using System.Text.Json.Nodes;

namespace Features.DuckDb.Analysis;

/// <summary>Reading DuckDB's syntax tree.</summary>
internal static class Syntax
{
    /// <summary>Children that are queries of their own, entered by name and not as expressions.</summary>
    private const string QueryKey = "node";

    internal static string Text(this JsonObject node, string key) => node[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    internal static IEnumerable<JsonObject> Items(this JsonObject node, string key) => node[key] is JsonArray array ? array.OfType<JsonObject>() : [];

    internal static bool Has(this JsonObject node, string key) => node[key] is JsonObject;

    internal static string Class(this JsonObject node) => node.Text("class");

    /// <summary>True of a query (SELECT, set operation, recursive CTE).</summary>
    internal static bool IsQuery(this JsonObject node) => node.Text("type").EndsWith("_NODE", StringComparison.Ordinal) && !node.ContainsKey("class");

    /// <summary>The objects directly inside, through arrays; queries wrapped as statements are unwrapped.</summary>
    internal static IEnumerable<JsonObject> Children(this JsonObject node) => node.SelectMany(p => Objects(p.Value));

    /// <summary>The expressions inside an expression, itself included, without entering subqueries.</summary>
    internal static IEnumerable<JsonObject> Expressions(this JsonObject node) =>
        node.IsQuery() ? [] : node.Children().Where(c => !c.ContainsKey(QueryKey)).SelectMany(Expressions).Prepend(node);

    /// <summary>The queries directly inside an expression or table reference.</summary>
    internal static IEnumerable<JsonObject> Queries(this JsonObject node) =>
        node.Children().SelectMany(c => c.IsQuery() ? [c] : Queries(c));

    /// <summary>A value's objects: itself, or those of an array at any depth.</summary>
    internal static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject o => [o],
        JsonArray a => a.SelectMany(Objects),
        _ => [],
    };
}
