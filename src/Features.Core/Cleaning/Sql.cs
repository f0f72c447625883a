namespace Features.Core.Cleaning;

/// <summary>Names and literals in SQL text.</summary>
internal static class Sql
{
    public static string Name(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Text(string literal) => $"'{literal.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>An expression of somebody else's, in parentheses; the closing one is on a line of its own, out of reach of a comment that ends the expression.</summary>
    public static string Enclosed(string expression) => $"({expression}\n)";

    public static string Names(IEnumerable<string> identifiers) => string.Join(", ", identifiers.Select(Name));
}
