namespace Features.Core.Cleaning;

/// <summary>Names and literals in SQL text.</summary>
internal static class Sql
{
    public static string Name(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Text(string literal) => $"'{literal.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Names(IEnumerable<string> identifiers) => string.Join(", ", identifiers.Select(Name));
}
