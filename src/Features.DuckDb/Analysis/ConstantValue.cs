using System.Text.Json.Nodes;
using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Analysis;

/// <summary>Constant expressions as values of a table's columns. The engine computes them, by its own rules of conversion.</summary>
internal sealed class ConstantValue(SyntaxTree syntax, EngineConnection connection)
{
    private readonly Lock oneAtATime = new();

    private const double ExactIntegers = 1L << 53;

    /// <summary>What constants may be made with; all of it is repeatable and small.</summary>
    private static readonly HashSet<string> Functions = new(StringComparer.OrdinalIgnoreCase)
    {
        "+", "-", "*", "trunc", "make_date", "make_timestamp", "date_trunc", "to_days", "to_hours", "to_minutes", "to_seconds", "to_weeks", "to_months", "to_years", "to_timestamp",
    };

    private static readonly HashSet<string> Numbers = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"];
    private static readonly HashSet<string> Times = ["DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"];

    /// <summary>
    /// The value that stands for the expression wherever a column of <paramref name="type"/> is compared with it, in the form of <see cref="SingleValue"/> or as text that converts to it;
    /// null where there is none: it is no constant, is null, or the comparison would not be one of the column's own values.
    /// </summary>
    internal object? Of(JsonObject expression, PrimitiveType type)
    {
        if (!IsConstant(expression) || IcebergSql.ReadOf(type, "v") is not { } read)
        {
            return null;
        }

        var isText = expression.Class() == "CONSTANT" && expression["value"]?["type"]?.AsObject().Text("id") == "VARCHAR";
        try
        {
            var sql = $"""
                SELECT typeof(e), {read}, coalesce({(isText ? "true" : IsExact(type.Kind))}, false)
                FROM (SELECT e, TRY_CAST(e AS {IcebergSql.TypeOf(type, "v")}) AS v FROM ({syntax.Expression(expression)}) AS given(e))
                """;
            lock (oneAtATime)
            {
                var (given, value, isExact) = connection.Read(sql, r => (r.GetString(0), r.IsDBNull(1) ? null : r.GetValue(1), r.GetBoolean(2)))[0];
                return value is not null && isExact && (isText ? given == "VARCHAR" : Compares(given, type.Kind, value)) ? value : null;
            }
        }
        catch (Exception fault) when (fault is EngineFault or SqlException)
        {
            // What cannot be computed alone fails, or not, when the statement runs.
            return null;
        }
    }

    /// <summary>True if the engine compares a column of the kind with a constant of the type by the column's own order.</summary>
    private static bool Compares(string given, PrimitiveKind column, object value)
    {
        var isExactNumber = Numbers.Contains(given) || given.StartsWith("DECIMAL", StringComparison.Ordinal);
        return column switch
        {
            PrimitiveKind.Int => isExactNumber || given == "DOUBLE",
            // The engine compares these as doubles, to which neighbours are equal beyond 2^53.
            PrimitiveKind.Long => isExactNumber || (given == "DOUBLE" && Math.Abs((double)(long)value) < ExactIntegers),
            PrimitiveKind.Decimal => isExactNumber,
            PrimitiveKind.Float or PrimitiveKind.Double => isExactNumber || given is "FLOAT" or "DOUBLE",
            PrimitiveKind.Date or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs => Times.Contains(given),
            PrimitiveKind.Boolean => given == "BOOLEAN",
            PrimitiveKind.Time => given == "TIME",
            PrimitiveKind.String => given == "VARCHAR",
            PrimitiveKind.Uuid => given == "UUID",
            _ => given == "BLOB",
        };
    }

    /// <summary>Whether the value equals the expression by the engine's own comparison.</summary>
    private static string IsExact(PrimitiveKind kind) => kind switch
    {
        // Whether the engine compares as FLOAT or as DOUBLE, it must come to the same.
        PrimitiveKind.Float => "CAST(v AS DOUBLE) = CAST(e AS DOUBLE)",
        PrimitiveKind.Double or PrimitiveKind.String => "true",
        _ => "v = e",
    };

    private static bool IsConstant(JsonObject expression) => expression.Class() switch
    {
        "CONSTANT" => expression["value"] is JsonObject value && value["is_null"]?.GetValue<bool>() == false,
        "CAST" => expression["child"] is JsonObject child && IsConstant(child),
        "FUNCTION" => Functions.Contains(expression.Text("function_name")) && expression.Items("children").All(IsConstant),
        _ => false,
    };
}
