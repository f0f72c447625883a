using System.Text.Json.Nodes;

namespace Features.DuckDb.Analysis;

/// <summary>
/// Relations of three names, <c>level.level.table</c> or <c>namespace.table.snapshots</c>. The engine takes the first for a database; here it is a part of the schema's name, as <see cref="Sessions.RelationName"/> has it.
/// </summary>
internal static class LongNames
{
    /// <summary>Joins the first two names of each such relation; true if there was one.</summary>
    internal static bool Shorten(JsonObject statement)
    {
        var any = false;
        if (statement.Text("type") == "BASE_TABLE" && statement.Text("catalog_name") is { Length: > 0 } first)
        {
            statement["schema_name"] = $"{first}.{statement.Text("schema_name")}";
            statement["catalog_name"] = "";
            any = true;
        }

        foreach (var (_, value) in statement)
        {
            foreach (var child in Syntax.Objects(value))
            {
                any |= Shorten(child);
            }
        }

        return any;
    }
}
