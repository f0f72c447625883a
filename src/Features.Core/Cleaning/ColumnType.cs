using System.Globalization;
using Apache.Arrow.Types;
using Features.Iceberg.Spec;

namespace Features.Core.Cleaning;

/// <summary>A contract's column types: Iceberg's words, the engine's SQL, and what an Arrow column is in those words.</summary>
public static class ColumnType
{
    /// <summary>The type that a contract's word names, or null.</summary>
    public static PrimitiveType? Parse(string word)
    {
        if (word.StartsWith("decimal(", StringComparison.Ordinal) && word.EndsWith(')'))
        {
            var parts = word["decimal(".Length..^1].Split(',', StringSplitOptions.TrimEntries);
            return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var precision) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var scale)
                && precision is >= 1 and <= 38 && scale >= 0 && scale <= precision ? new PrimitiveType(PrimitiveKind.Decimal, precision, scale) : null;
        }

        return word switch
        {
            "boolean" => new(PrimitiveKind.Boolean),
            "int" => new(PrimitiveKind.Int),
            "long" => new(PrimitiveKind.Long),
            "float" => new(PrimitiveKind.Float),
            "double" => new(PrimitiveKind.Double),
            "date" => new(PrimitiveKind.Date),
            "time" => new(PrimitiveKind.Time),
            "timestamp" => new(PrimitiveKind.Timestamp),
            "timestamptz" => new(PrimitiveKind.TimestampTz),
            "string" => new(PrimitiveKind.String),
            "uuid" => new(PrimitiveKind.Uuid),
            "binary" => new(PrimitiveKind.Binary),
            _ => null,
        };
    }

    /// <summary>The SQL type to cast to; null for types that are taken as they are.</summary>
    public static string? ToSql(IcebergType type) => type is not PrimitiveType primitive ? null : primitive.Kind switch
    {
        PrimitiveKind.Boolean => "BOOLEAN",
        PrimitiveKind.Int => "INTEGER",
        PrimitiveKind.Long => "BIGINT",
        PrimitiveKind.Float => "FLOAT",
        PrimitiveKind.Double => "DOUBLE",
        PrimitiveKind.Decimal => $"DECIMAL({primitive.Precision},{primitive.Scale})",
        PrimitiveKind.Date => "DATE",
        PrimitiveKind.Time => "TIME",
        PrimitiveKind.Timestamp => "TIMESTAMP",
        PrimitiveKind.TimestampTz => "TIMESTAMP WITH TIME ZONE",
        PrimitiveKind.String => "VARCHAR",
        PrimitiveKind.Uuid => "UUID",
        PrimitiveKind.Binary => "BLOB",
        _ => null,
    };

    /// <summary>True if an Arrow column holds exactly the values of a contract's type, so that there is nothing to cast.</summary>
    public static bool Is(IArrowType arrow, PrimitiveType type) => (arrow, type.Kind) switch
    {
        (BooleanType, PrimitiveKind.Boolean) or (Int32Type, PrimitiveKind.Int) or (Int64Type, PrimitiveKind.Long) => true,
        (FloatType, PrimitiveKind.Float) or (DoubleType, PrimitiveKind.Double) or (Date32Type, PrimitiveKind.Date) => true,
        (Apache.Arrow.Types.StringType, PrimitiveKind.String) or (BinaryType, PrimitiveKind.Binary) => true,
        (TimestampType { Unit: TimeUnit.Microsecond, Timezone: null or "" }, PrimitiveKind.Timestamp) => true,
        (TimestampType { Unit: TimeUnit.Microsecond, Timezone.Length: > 0 }, PrimitiveKind.TimestampTz) => true,
        (Decimal128Type d, PrimitiveKind.Decimal) => d.Precision == type.Precision && d.Scale == type.Scale,
        _ => false,
    };

    /// <summary>
    /// SQL that reads a column as a type; null where a value is none. A text with an offset from UTC is the moment that it names, in UTC, whether the type has a zone or not; a text without one is in UTC. Engines drop the
    /// offset without a word. The session's time zone is UTC.
    /// </summary>
    public static string TryCast(string column, IArrowType arrow, PrimitiveType type) =>
        type.Kind == PrimitiveKind.Timestamp && arrow is Apache.Arrow.Types.StringType ? MomentOf(column) : $"TRY_CAST({column} AS {ToSql(type)})";

    /// <summary>
    /// A condition under which a value that can be cast would be changed by it (12.7 to an integer, a time of day to a date, more than six digits of a second); null where none can. Engines round without a word.
    /// </summary>
    public static string? Changes(string column, string cast, IArrowType arrow, PrimitiveType type) => (type.Kind, arrow) switch
    {
        (PrimitiveKind.Int or PrimitiveKind.Long, Apache.Arrow.Types.StringType) =>
            $"NOT regexp_full_match({column}, '\\s*[-+]?[0-9]+([.]0*)?\\s*') AND (NOT regexp_full_match({column}, '\\s*[-+]?[0-9]+([.][0-9]{{0,12}}0*)?([eE][+]?[0-9]+)?\\s*') OR TRY_CAST({column} AS DECIMAL(38,12)) IS DISTINCT FROM {cast})",
        (PrimitiveKind.Int or PrimitiveKind.Long, FloatType or DoubleType) => $"CAST({cast} AS DOUBLE) <> CAST({column} AS DOUBLE)",
        (PrimitiveKind.Int or PrimitiveKind.Long, Decimal128Type) => $"TRY_CAST({column} AS DECIMAL(38,12)) <> {cast}",
        (PrimitiveKind.Decimal, Apache.Arrow.Types.StringType or FloatType or DoubleType or Decimal128Type) => $"TRY_CAST({column} AS DECIMAL(38,{Math.Min(38, type.Scale + 6)})) <> {cast}",
        (PrimitiveKind.Date, TimestampType { Timezone: null or "" }) => $"CAST({cast} AS TIMESTAMP) <> {column}",
        (PrimitiveKind.Date, Apache.Arrow.Types.StringType) => $"CAST({cast} AS TIMESTAMP) <> {MomentOf(column)}",
        (PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz, Apache.Arrow.Types.StringType) => $"regexp_matches({column}, '[.][0-9]{{6}}[0-9]*[1-9]') OR NOT isfinite({cast})",
        _ => null,
    };

    private static string MomentOf(string column) => $"(TRY_CAST({column} AS TIMESTAMP WITH TIME ZONE) AT TIME ZONE 'UTC')";
}
