using System.Text.Json;
using System.Text.Json.Nodes;
using Features.Core.Engine;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Analysis;

/// <summary>Conditions on single rows: what is allowed in them is what <see cref="UserSelect"/> allows, without relations, and what <see cref="RowwiseSelect"/> asks for.</summary>
internal static class ConditionText
{
    private const string Relation = "the_row";
    private const int LongestText = 64 << 10;

    /// <summary>Reads a condition.</summary>
    /// <exception cref="SqlException">It is none.</exception>
    internal static RowCondition Read(SyntaxTree syntax, FunctionCatalog functions, string text, Schema schema)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new SqlException("the condition is empty; leave it out to read every row", text);
        }

        if (text.Length > LongestText)
        {
            throw new SqlException($"the condition has {text.Length} characters; the most is {LongestText}", text);
        }

        try
        {
            var condition = Expression(syntax, text);
            var columns = new HashSet<string>(StringComparer.Ordinal);
            Check(condition, new Checked(functions, text, schema, columns));
            return new RowCondition(syntax.Expression(Bare(condition))["SELECT ".Length..], [.. schema.Fields.Select(f => f.Name).Where(columns.Contains)]);
        }
        catch (JsonException)
        {
            throw new SqlException("the condition is nested too deeply; write it flatter, such as with IN and a list", text);
        }
    }

    /// <summary>The expression, if the text is one and nothing beside it, such as a bracket that ends the condition early.</summary>
    private static JsonObject Expression(SyntaxTree syntax, string text)
    {
        // By itself it must be one expression, and within brackets again, or the text has brackets or comments of its own that reach out of them.
        var alone = syntax.Parse($"SELECT 1 FROM {Relation} WHERE {text}\n")["node"]!.AsObject();
        if (IsPlain(alone) && syntax.Parse($"SELECT 1 FROM {Relation} WHERE ({text}\n)")["node"]!.AsObject() is var within && IsPlain(within))
        {
            return within["where_clause"]!.AsObject();
        }

        throw new SqlException("this is more than one condition; write one expression that is true or false of a row", text);
    }

    private static bool IsPlain(JsonObject select) =>
        select.Text("type") == "SELECT_NODE" && select.Has("where_clause")
        && select["from_table"] is JsonObject from && from.Text("type") == "BASE_TABLE" && from.Text("table_name") == Relation && from.Text("alias").Length == 0 && !from.Has("sample")
        && select["cte_map"]!["map"]!.AsArray().Count == 0
        && !select.Items("modifiers").Any() && !select.Items("group_expressions").Any() && select["group_sets"] is not JsonArray { Count: > 0 }
        && !select.Has("having") && !select.Has("qualify") && !select.Has("sample")
        && select.Items("select_list").ToList() is [var only] && only.Class() == "CONSTANT";

    private static void Check(JsonObject node, Checked context)
    {
        switch (node.Class())
        {
            case "SUBQUERY":
                throw context.Refused("it has a subquery", "write a condition on the row's own columns");
            case "WINDOW":
                throw context.Refused($"it uses a window ({node.Text("function_name")} OVER)", "write a condition on the row's own columns");
            case "STAR":
                throw context.Refused("it names all columns at once (*)", "name the columns");
            case "PARAMETER":
                throw context.Refused("it has a parameter", "write the value itself");
            case "FUNCTION":
                context.Function(node);
                break;
            case "COLUMN_REF":
                context.Column(node);
                break;
        }

        if (node.IsQuery())
        {
            throw context.Refused("it has a subquery", "write a condition on the row's own columns");
        }

        foreach (var child in node.Children())
        {
            Check(child, context);
        }
    }

    // Where an expression stood in the text is no part of it.
    private static JsonObject Bare(JsonObject expression)
    {
        var bare = expression.DeepClone().AsObject();
        Strip(bare);
        return bare;
    }

    private static void Strip(JsonObject node)
    {
        if (node.ContainsKey("query_location"))
        {
            node["query_location"] = 0;
        }

        foreach (var child in node.Children())
        {
            Strip(child);
        }
    }

    /// <summary>What functions and columns of one condition are checked against; the columns found are added.</summary>
    private sealed class Checked(FunctionCatalog functions, string text, Schema schema, HashSet<string> columns)
    {
        public SqlException Refused(string what, string remedy) => new($"{what}; {remedy}", text);

        public void Function(JsonObject call)
        {
            var name = call.Text("function_name").ToLowerInvariant();
            if (functions.Aggregates.Contains(name))
            {
                throw Refused($"it aggregates ({name})", "write a condition on the row's own columns");
            }

            if (!functions.Harmless.Contains(name) || name is "unnest" or "unlist")
            {
                throw Refused($"the function '{name}' is not allowed", "use functions of values only");
            }

            if (functions.IsVolatile(name, call.Items("children").Count()))
            {
                throw Refused($"the function '{name}' gives another result in another run", "write the value itself");
            }
        }

        /// <summary>Gives a reference the column's name as the schema has it. What follows are fields of a struct.</summary>
        public void Column(JsonObject reference)
        {
            var parts = reference["column_names"]!.AsArray();
            var name = (string?)parts[0] ?? "";
            var alike = schema.Fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
            var found = schema.Find(name) ?? alike.FirstOrDefault();
            if (alike.Count > 1 && (found!.Name != name || alike.Any(f => f.Name != name && columns.Contains(f.Name))))
            {
                throw Refused(
                    $"'{name}' may be any of the columns {string.Join(", ", alike.Select(f => $"'{f.Name}'"))}, which differ by case alone",
                    "name one of them, exactly as it is written here, and no other of them in the same condition");
            }

            if (found is null)
            {
                throw Refused(
                    $"there is no column '{name}'",
                    $"the columns are {string.Join(", ", schema.Fields.Take(20).Select(f => f.Name))}{(schema.Fields.Count > 20 ? ", …" : "")}; texts stand in single quotes");
            }

            parts[0] = found.Name;
            columns.Add(found.Name);
        }
    }
}
