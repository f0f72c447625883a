using System.Text.Json.Nodes;
using Features.Core.Engine;

namespace Features.DuckDb.Analysis;

/// <summary>A SELECT that makes each output row from one row of one relation, and can therefore carry a column of that row along.</summary>
internal static class RowwiseSelect
{
    /// <summary>The statement with one more output column.</summary>
    /// <exception cref="SqlException">It is not row-wise; the message says every reason.</exception>
    internal static JsonObject Carry(JsonObject statement, string column, FunctionCatalog functions, string sql)
    {
        var carried = statement.DeepClone().AsObject();
        var select = carried["node"]!.AsObject();
        var reasons = Reasons(select, functions).Distinct().ToList();
        if (reasons.Count > 0)
        {
            throw new SqlException($"this SELECT is not row-wise, so that its rows cannot be traced to their source: it {string.Join(", and ", reasons)}; make each output row from one row of one relation", sql);
        }

        if (Names(select).Contains(column, StringComparer.OrdinalIgnoreCase))
        {
            throw new SqlException($"the SELECT makes a column '{column}' itself, the name of the column that traces rows; name it otherwise", sql);
        }

        select["select_list"]!.AsArray().Add(new JsonObject
        {
            ["class"] = "COLUMN_REF",
            ["type"] = "COLUMN_REF",
            ["alias"] = "",
            ["query_location"] = 0,
            ["column_names"] = new JsonArray(column),
        });
        ExcludeFromStars(select, column);
        return carried;
    }

    private static IEnumerable<string> Reasons(JsonObject select, FunctionCatalog functions)
    {
        if (select.Text("type") != "SELECT_NODE")
        {
            yield return "combines several SELECTs (UNION, INTERSECT, EXCEPT or a recursive CTE)";
            yield break;
        }

        if (select["cte_map"]!["map"]!.AsArray().Count > 0)
        {
            yield return "has common table expressions";
        }

        var from = select["from_table"]!.AsObject();
        if (FromReason(from) is { } reason)
        {
            yield return reason;
        }

        foreach (var modifier in select.Items("modifiers"))
        {
            switch (modifier.Text("type"))
            {
                case "LIMIT_MODIFIER" or "LIMIT_PERCENT_MODIFIER":
                    yield return "limits its rows (LIMIT or OFFSET)";
                    break;
                case "DISTINCT_MODIFIER":
                    yield return "removes duplicates (DISTINCT)";
                    break;
            }
        }

        if (select.Items("group_expressions").Any() || select["group_sets"] is JsonArray { Count: > 0 } || select.Text("aggregate_handling") == "FORCE_AGGREGATES" || select.Has("having"))
        {
            yield return "groups its rows (GROUP BY)";
        }

        if (select.Has("qualify"))
        {
            yield return "chooses rows by a window (QUALIFY)";
        }

        if (select.Has("sample"))
        {
            yield return "takes a sample of its rows";
        }

        if (from.Text("type") != "SUBQUERY" && select.Children().Where(c => c != select["cte_map"]).SelectMany(c => c.Queries()).Any())
        {
            yield return "has subqueries";
        }

        foreach (var expression in select.Items("select_list").SelectMany(e => e.Expressions()))
        {
            if (expression.Class() == "STAR" && expression.Has("expr"))
            {
                yield return "chooses columns by a pattern (COLUMNS)";
            }

            if (expression.Class() == "WINDOW")
            {
                yield return $"uses a window ({expression.Text("function_name")} OVER)";
            }
            else if (expression.Class() == "FUNCTION" && functions.Aggregates.Contains(expression.Text("function_name")))
            {
                yield return $"aggregates ({expression.Text("function_name")})";
            }
            else if (expression.Class() == "FUNCTION" && expression.Text("function_name") is "unnest" or "unlist")
            {
                yield return "makes several rows of one (unnest)";
            }
        }
    }

    private static string? FromReason(JsonObject from) => from.Text("type") switch
    {
        "BASE_TABLE" when from.Has("sample") => "takes a sample of its rows",
        "BASE_TABLE" => null,
        "JOIN" => "joins",
        "SUBQUERY" => "reads from a subquery",
        "EMPTY" => "reads from no relation",
        "TABLE_FUNCTION" => "reads from a table function",
        var other => $"reads from {other.ToLowerInvariant().Replace('_', ' ')}",
    };

    private static IEnumerable<string> Names(JsonObject select) => select.Items("select_list")
        .Select(e => e.Text("alias") is { Length: > 0 } alias ? alias : e.Class() == "COLUMN_REF" ? (string?)e["column_names"]!.AsArray()[^1] ?? "" : "");

    /// <summary>A star would bring the column as well, a second time.</summary>
    private static void ExcludeFromStars(JsonObject select, string column)
    {
        foreach (var star in select.Items("select_list").SelectMany(e => e.Expressions()).Where(e => e.Class() == "STAR"))
        {
            var excluded = star["exclude_list"]!.AsArray();
            if (!excluded.Any(e => column.Equals((string?)e, StringComparison.OrdinalIgnoreCase)))
            {
                excluded.Add(column);
            }
        }
    }
}
