using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Features.Core.Engine;
using Features.DuckDb.Queries;

namespace Features.DuckDb.Analysis;

/// <summary>DuckDB's own parser, through <c>json_serialize_sql</c>: SQL to a syntax tree and back. Nothing is bound or run. Thread-safe.</summary>
internal sealed class SyntaxTree(EngineConnection connection)
{
    private readonly Lock oneAtATime = new();

    /// <summary>The statement (its <c>node</c> is the query) of one SELECT.</summary>
    /// <exception cref="SqlException">It does not parse, is no SELECT, or is several statements.</exception>
    internal JsonObject Parse(string sql)
    {
        var tree = JsonNode.Parse(Call("json_serialize_sql", SqlText.Literal(sql), sql), documentOptions: new JsonDocumentOptions { MaxDepth = 1_000 })!.AsObject();
        if ((bool)tree["error"]!)
        {
            throw (string?)tree["error_type"] == "not implemented"
                ? new SqlException("this is no SELECT; write one SELECT", sql)
                : new SqlException($"{(string?)tree["error_message"]}{Place(sql, (string?)tree["position"])}", sql);
        }

        return tree["statements"]!.AsArray() is [JsonObject only] ? only
            : throw new SqlException($"there are {tree["statements"]!.AsArray().Count} statements; write one SELECT", sql);
    }

    /// <summary>The SQL of a statement.</summary>
    internal string Write(JsonObject statement, string sql)
    {
        var tree = new JsonObject { ["error"] = false, ["statements"] = new JsonArray(statement.DeepClone()) };
        return Call("json_deserialize_sql", SqlText.Literal(tree.ToJsonString()), sql);
    }

    /// <summary>The SQL of a SELECT of one expression alone.</summary>
    internal string Expression(JsonObject expression)
    {
        var statement = Parse("SELECT 1");
        statement["node"]!["select_list"] = new JsonArray(expression.DeepClone());
        return Write(statement, "");
    }

    private string Call(string function, string argument, string sql)
    {
        lock (oneAtATime)
        {
            try
            {
                return connection.Read($"SELECT {function}({argument})::VARCHAR", r => r.GetString(0))[0];
            }
            catch (EngineFault fault)
            {
                throw new SqlException(fault.Message, sql, fault);
            }
        }
    }

    private static string Place(string sql, string? position)
    {
        if (!int.TryParse(position, CultureInfo.InvariantCulture, out var offset) || offset > sql.Length)
        {
            return "";
        }

        var start = offset == 0 ? 0 : sql.LastIndexOf('\n', offset - 1) + 1;
        var end = sql.IndexOf('\n', offset);
        var line = sql[start..(end < 0 ? sql.Length : end)].TrimEnd();
        return $" LINE {sql.AsSpan(0, offset).Count('\n') + 1}: {line.Insert(Math.Min(offset - start, line.Length), "▸")}";
    }
}
