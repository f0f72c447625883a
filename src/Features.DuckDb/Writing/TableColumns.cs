using System.Globalization;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Writing;

/// <summary>A table's columns as the engine writes them to Parquet.</summary>
internal static class TableColumns
{
    /// <summary>
    /// The select list that brings a SELECT's columns into the table's order; null where the engine cannot write them as they are: it has no such type, no such column, or could not tell where a required one has nulls.
    /// </summary>
    internal static string? SelectList(EngineConnection connection, string select, Schema schema)
    {
        if (schema.Fields.Count == 0 || !schema.AllFields().All(f => IsWritten(f.Type)) || schema.Fields.Any(f => HasRequired(f.Type) || (f.Required && f.Type is not PrimitiveType)))
        {
            return null;
        }

        var given = Types(connection, select);
        var wanted = Types(connection, $"SELECT {string.Join(", ", schema.Fields.Select(f => $"{IcebergSql.ValueOf(null, f.Type, f.Name)} AS {SqlText.Name(f.Name)}"))}");
        if (given.DistinctBy(c => c.Name, StringComparer.OrdinalIgnoreCase).Count() < given.Count || given.Any(c => schema.Find(c.Name) is null))
        {
            return null;
        }

        var list = new List<string>();
        foreach (var (field, type) in schema.Fields.Zip(wanted, (f, w) => (f, w.Type)))
        {
            var column = given.FirstOrDefault(c => c.Name == field.Name);
            if (column.Name is null ? field.Required && field.WriteDefault is null : column.Type != type)
            {
                return null;
            }

            list.Add(column.Name is null ? $"{IcebergSql.ValueOf(field.WriteDefault, field.Type, field.Name)} AS {SqlText.Name(field.Name)}" : SqlText.Name(field.Name));
        }

        return string.Join(", ", list);
    }

    /// <summary>The option <c>FIELD_IDS</c> for the schema.</summary>
    internal static string FieldIds(Schema schema) => $"{{{string.Join(", ", schema.Fields.Select(f => $"{SqlText.Name(f.Name)}: {FieldId(f.Id, f.Type)}"))}}}";

    private static string FieldId(int id, IcebergType type)
    {
        var own = id.ToString(CultureInfo.InvariantCulture);
        var children = type switch
        {
            StructType s => string.Concat(s.Fields.Select(f => $", {SqlText.Name(f.Name)}: {FieldId(f.Id, f.Type)}")),
            ListType l => $", element: {FieldId(l.ElementId, l.Element)}",
            MapType m => $", key: {FieldId(m.KeyId, m.Key)}, value: {FieldId(m.ValueId, m.Value)}",
            _ => "",
        };
        return children.Length == 0 ? own : $"{{__duckdb_field_id: {own}{children}}}";
    }

    private static List<(string Name, string Type)> Types(EngineConnection connection, string select) =>
        connection.Read($"DESCRIBE {select}", r => (r.GetString(0), r.GetString(1)));

    // A fixed would be written as bytes of any length, zoned nanoseconds without their last digits.
    private static bool IsWritten(IcebergType type) => type is not PrimitiveType
    {
        Kind: PrimitiveKind.Fixed or PrimitiveKind.TimestampTzNs or PrimitiveKind.Unknown or PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography,
    };

    private static bool HasRequired(IcebergType type) => type switch
    {
        StructType s => s.Fields.Any(f => f.Required || HasRequired(f.Type)),
        ListType l => l.ElementRequired || HasRequired(l.Element),
        MapType m => m.ValueRequired || HasRequired(m.Key) || HasRequired(m.Value),
        _ => false,
    };
}
