using System.Text.RegularExpressions;

namespace Features.Core.Definitions;

/// <summary>The type names that definitions may use: Iceberg's primitive types as the specification writes them.</summary>
internal static partial class ColumnTypes
{
    public static readonly IReadOnlyList<string> Keys = ["string", "int", "long", "boolean", "date", "uuid", "binary"];

    public static readonly IReadOnlyList<string> Simple =
        ["boolean", "int", "long", "float", "double", "date", "time", "timestamp", "timestamptz", "string", "uuid", "binary"];

    public static bool IsColumnType(string type) => Simple.Contains(type) || Decimal().IsMatch(type) || Fixed().IsMatch(type);

    [GeneratedRegex(@"^decimal\((?:[1-9]|[12]\d|3[0-8]), ?(?:\d|[12]\d|3[0-8])\)$")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^fixed\[[1-9]\d{0,8}\]$")]
    private static partial Regex Fixed();
}
