using System.Globalization;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Writing;

/// <summary>Source columns of partition and sort fields, and their transforms, as SQL that gives exactly what the specification does ("Partition Transforms").</summary>
internal static class ColumnSql
{
    private const long MicrosPerHour = 3_600_000_000, MicrosPerDay = 24 * MicrosPerHour;

    /// <summary>The transformed column, and how its value is read; null where the engine has no exact equal (bucket's hash, binary, floating zeros), or the column is gone or lies within a list or map.</summary>
    internal static (string Sql, string Read)? Transformed(int sourceId, Transform transform, Schema schema)
    {
        if (transform.Kind == TransformKind.Void)
        {
            return ("CAST(NULL AS INTEGER)", "CAST(NULL AS INTEGER)");
        }

        if (Source(sourceId, schema.Fields, "") is not var (column, type))
        {
            return null;
        }

        var micros = type.Kind switch
        {
            PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz => $"epoch_us({column})",
            PrimitiveKind.Date => $"(CAST({column} - DATE '1970-01-01' AS BIGINT) * {MicrosPerDay.ToString(CultureInfo.InvariantCulture)})",
            _ => null,
        };
        // The calendar of zoned times is the Julian one before 1582; that of times without a zone is the specification's throughout.
        var day = type.Kind == PrimitiveKind.TimestampTz ? $"make_timestamp({micros})" : column;
        var number = (transform.Kind, micros) switch
        {
            (TransformKind.Year, not null) => $"CAST(year({day}) - 1970 AS INTEGER)",
            (TransformKind.Month, not null) => $"CAST((year({day}) - 1970) * 12 + month({day}) - 1 AS INTEGER)",
            (TransformKind.Day, not null) => $"CAST({Whole(micros, MicrosPerDay)} AS INTEGER)",
            (TransformKind.Hour, not null) when type.Kind != PrimitiveKind.Date => $"CAST({Whole(micros, MicrosPerHour)} AS INTEGER)",
            _ => null,
        };
        if (number is not null)
        {
            return (number, number);
        }

        var value = (transform.Kind, type.Kind) switch
        {
            (TransformKind.Identity, not (PrimitiveKind.Float or PrimitiveKind.Double or PrimitiveKind.Binary or PrimitiveKind.Fixed)) => column,
            (TransformKind.Truncate, PrimitiveKind.Int) => AtLeast(Down(column, transform.Width), int.MinValue, IcebergSql.TypeOf(type, column)),
            (TransformKind.Truncate, PrimitiveKind.Long) => AtLeast(Down(column, transform.Width), long.MinValue, IcebergSql.TypeOf(type, column)),
            (TransformKind.Truncate, PrimitiveKind.String) => string.Create(CultureInfo.InvariantCulture, $"left({column}, {transform.Width})"),
            _ => null,
        };
        return value is not null && IcebergSql.ReadOf(type, value) is { } read ? (value, read) : null;
    }

    // Division that rounds down; the engine's rounds towards zero.
    private static string Whole(string number, long unit) => $"({Down(number, unit)} // {unit.ToString(CultureInfo.InvariantCulture)})";

    private static string Down(string number, long unit)
    {
        var n = unit.ToString(CultureInfo.InvariantCulture);
        return $"(CAST({number} AS HUGEINT) - ((CAST({number} AS HUGEINT) % {n}) + {n}) % {n})";
    }

    private static string AtLeast(string number, long least, string type) =>
        string.Create(CultureInfo.InvariantCulture, $"CAST(CASE WHEN {number} < {least} THEN {least} ELSE {number} END AS {type})");

    private static (string Sql, PrimitiveType Type)? Source(int id, IReadOnlyList<NestedField> fields, string parent)
    {
        foreach (var field in fields)
        {
            var sql = parent.Length == 0 ? SqlText.Name(field.Name) : $"struct_extract({parent}, {SqlText.Literal(field.Name)})";
            if (field.Id == id)
            {
                return field.Type is PrimitiveType type ? (sql, type) : null;
            }

            if (field.Type is StructType s && Source(id, s.Fields, sql) is { } within)
            {
                return within;
            }
        }

        return null;
    }
}
