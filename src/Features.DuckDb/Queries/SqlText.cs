namespace Features.DuckDb.Queries;

/// <summary>Names and values as SQL writes them.</summary>
internal static class SqlText
{
    /// <summary>A quoted identifier.</summary>
    internal static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A string literal.</summary>
    internal static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A list of string literals.</summary>
    internal static string Literals(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Literal))}]";
}
