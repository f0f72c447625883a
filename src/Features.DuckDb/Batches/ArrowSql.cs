using Apache.Arrow;
using Apache.Arrow.Types;
using Features.DuckDb.Queries;

namespace Features.DuckDb.Batches;

/// <summary>Arrow's types in the engine's SQL.</summary>
internal static class ArrowSql
{
    /// <summary>The type's name.</summary>
    /// <exception cref="EngineFault">The engine has no equal; the message names <paramref name="column"/>.</exception>
    internal static string TypeOf(IArrowType type, string column) => type switch
    {
        ExtensionType { Name: "arrow.uuid" } => "UUID",
        ExtensionType extension => TypeOf(extension.StorageType, column),
        NullType or BooleanType => "BOOLEAN",
        Int8Type => "TINYINT",
        Int16Type => "SMALLINT",
        Int32Type => "INTEGER",
        Int64Type => "BIGINT",
        UInt8Type => "UTINYINT",
        UInt16Type => "USMALLINT",
        UInt32Type => "UINTEGER",
        UInt64Type => "UBIGINT",
        HalfFloatType or FloatType => "FLOAT",
        DoubleType => "DOUBLE",
        Date32Type or Date64Type => "DATE",
        Time32Type or Time64Type => "TIME",
        TimestampType { Timezone: { Length: > 0 } } => "TIMESTAMP WITH TIME ZONE",
        TimestampType { Unit: TimeUnit.Nanosecond } => "TIMESTAMP_NS",
        TimestampType => "TIMESTAMP",
        Decimal32Type d => $"DECIMAL({d.Precision},{d.Scale})",
        Decimal64Type d => $"DECIMAL({d.Precision},{d.Scale})",
        Decimal128Type d => $"DECIMAL({d.Precision},{d.Scale})",
        IntervalType => "INTERVAL",
        StringType or LargeStringType or StringViewType => "VARCHAR",
        BinaryType or LargeBinaryType or BinaryViewType or FixedSizeBinaryType => "BLOB",
        DictionaryType dictionary => TypeOf(dictionary.ValueType, column),
        ListType list => $"{TypeOf(list.ValueField, $"{column}.element")}[]",
        LargeListType list => $"{TypeOf(list.ValueField, $"{column}.element")}[]",
        FixedSizeListType list => $"{TypeOf(list.ValueField, $"{column}.element")}[{list.ListSize}]",
        MapType map => $"MAP({TypeOf(map.KeyField, $"{column}.key")}, {TypeOf(map.ValueField, $"{column}.value")})",
        StructType record => $"STRUCT({string.Join(", ", record.Fields.Select(f => $"{SqlText.Name(f.Name)} {TypeOf(f, $"{column}.{f.Name}")}"))})",
        _ => throw new EngineFault($"column '{column}' has Arrow type {type.Name}, which the engine cannot hold; convert it before adding the batches"),
    };

    /// <summary>The column definitions of a table for the schema.</summary>
    internal static string Columns(Schema schema) => string.Join(", ", schema.FieldsList.Select(f => $"{SqlText.Name(f.Name)} {TypeOf(f, f.Name)}"));

    private static string TypeOf(Field field, string column) => IsUuid(field) ? "UUID"
        : EngineTypes.Is(field, EngineTypes.Json) ? "JSON"
        : TypeOf(field.DataType, column);

    private static bool IsUuid(Field field) => field.Metadata?.TryGetValue("ARROW:extension:name", out var name) == true && name == "arrow.uuid";
}
