using System.Globalization;
using System.Numerics;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>Iceberg's types and single values in the engine's SQL.</summary>
internal static class IcebergSql
{
    /// <summary>The type's name.</summary>
    /// <exception cref="UnsupportedFeatureException">The engine has no such type; the message names <paramref name="column"/>.</exception>
    internal static string TypeOf(IcebergType type, string column) => type switch
    {
        StructType { Fields.Count: 0 } => throw new UnsupportedFeatureException("a struct without fields in SQL", column, "select the other columns"),
        StructType s => $"STRUCT({string.Join(", ", s.Fields.Select(f => $"{SqlText.Name(f.Name)} {TypeOf(f.Type, $"{column}.{f.Name}")}"))})",
        ListType l => $"{TypeOf(l.Element, $"{column}.element")}[]",
        MapType m => $"MAP({TypeOf(m.Key, $"{column}.key")}, {TypeOf(m.Value, $"{column}.value")})",
        PrimitiveType p => p.Kind switch
        {
            PrimitiveKind.Boolean => "BOOLEAN",
            PrimitiveKind.Int => "INTEGER",
            PrimitiveKind.Long => "BIGINT",
            PrimitiveKind.Float => "FLOAT",
            PrimitiveKind.Double => "DOUBLE",
            PrimitiveKind.Decimal => $"DECIMAL({p.Precision},{p.Scale})",
            PrimitiveKind.Date => "DATE",
            PrimitiveKind.Time => "TIME",
            PrimitiveKind.Timestamp => "TIMESTAMP",
            PrimitiveKind.TimestampTz => "TIMESTAMP WITH TIME ZONE",
            // There are no zoned nanoseconds; their values are in UTC.
            PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => "TIMESTAMP_NS",
            PrimitiveKind.Variant => "JSON",
            PrimitiveKind.String => "VARCHAR",
            PrimitiveKind.Uuid => "UUID",
            PrimitiveKind.Fixed or PrimitiveKind.Binary => "BLOB",
            PrimitiveKind.Unknown => "BOOLEAN",
            _ => throw new UnsupportedFeatureException($"type {p.Kind}", column, "select the other columns"),
        },
        _ => throw new UnsupportedFeatureException($"type {type.GetType().Name}", column, "select the other columns"),
    };

    /// <summary>A typed expression for a value in the form of <see cref="SingleValue"/>; null is a typed NULL.</summary>
    internal static string ValueOf(object? value, IcebergType type, string column) => $"CAST({Untyped(value, type, column)} AS {TypeOf(type, column)})";

    /// <summary>A value of the type as one that <see cref="SingleValue.Convert"/> takes; null for types that are not compared by the engine's order, and NULL for what the type cannot hold, such as infinite times.</summary>
    internal static string? ReadOf(PrimitiveType type, string value) => type.Kind switch
    {
        PrimitiveKind.Boolean or PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Float or PrimitiveKind.Double or PrimitiveKind.String => value,
        PrimitiveKind.Decimal or PrimitiveKind.Uuid => $"CAST({value} AS VARCHAR)",
        PrimitiveKind.Date => $"CASE WHEN isfinite({value}) THEN CAST({value} - DATE '1970-01-01' AS INTEGER) END",
        PrimitiveKind.Time => $"epoch_us({value})",
        PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz => $"CASE WHEN isfinite({value}) THEN epoch_us({value}) END",
        PrimitiveKind.TimestampNs => $"CASE WHEN isfinite({value}) THEN epoch_ns({value}) END",
        _ => null,
    };

    private static string Untyped(object? value, IcebergType type, string column) => (value, type) switch
    {
        (null, _) => "NULL",
        (IReadOnlyDictionary<int, object?> fields, StructType s) =>
            $"struct_pack({string.Join(", ", s.Fields.Select(f => $"{SqlText.Name(f.Name)} := {ValueOf(fields.GetValueOrDefault(f.Id) ?? f.InitialDefault, f.Type, $"{column}.{f.Name}")}"))})",
        (IReadOnlyList<object?> elements, ListType l) => $"[{string.Join(", ", elements.Select(e => ValueOf(e, l.Element, $"{column}.element")))}]",
        (IReadOnlyList<KeyValuePair<object, object?>> entries, MapType m) =>
            $"MAP([{string.Join(", ", entries.Select(e => ValueOf(e.Key, m.Key, $"{column}.key")))}], [{string.Join(", ", entries.Select(e => ValueOf(e.Value, m.Value, $"{column}.value")))}])",
        (bool truth, _) => truth ? "true" : "false",
        (int days, PrimitiveType { Kind: PrimitiveKind.Date }) => string.Create(CultureInfo.InvariantCulture, $"(DATE '1970-01-01' + ({days}))"),
        (int number, _) => number.ToString(CultureInfo.InvariantCulture),
        (long micros, PrimitiveType { Kind: PrimitiveKind.Time }) => string.Create(CultureInfo.InvariantCulture, $"(TIME '00:00:00' + to_microseconds({micros}))"),
        (long micros, PrimitiveType { Kind: PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz }) => string.Create(CultureInfo.InvariantCulture, $"make_timestamp(CAST({micros} AS BIGINT))"),
        (long nanos, PrimitiveType { Kind: PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs }) => string.Create(CultureInfo.InvariantCulture, $"make_timestamp_ns(CAST({nanos} AS BIGINT))"),
        (long number, _) => string.Create(CultureInfo.InvariantCulture, $"'{number}'"),
        (float number, _) => string.Create(CultureInfo.InvariantCulture, $"'{number:R}'"),
        (double number, _) => string.Create(CultureInfo.InvariantCulture, $"'{number:R}'"),
        (BigInteger unscaled, PrimitiveType { Kind: PrimitiveKind.Decimal } p) => $"'{DecimalText(unscaled, p.Scale)}'",
        (string text, _) => SqlText.Literal(text),
        (Guid id, _) => $"'{id}'",
        (byte[] bytes, _) => $"unhex('{Convert.ToHexString(bytes)}')",
        _ => throw new InvalidTableArgumentException($"column '{column}' of type {SchemaJson.NameOf(type)} has a default or partition value of type {value.GetType().Name}, which it cannot hold"),
    };

    private static string DecimalText(BigInteger unscaled, int scale)
    {
        var digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        return $"{(unscaled.Sign < 0 ? "-" : "")}{digits[..^scale]}{(scale > 0 ? "." : "")}{digits[^scale..]}";
    }
}
