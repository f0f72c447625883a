using System.Text.Json;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>A table's name mapping ("Name Mapping Serialization" of the specification): field ids for files that were written without any.</summary>
internal static class FieldNameMapping
{
    /// <summary>The columns with the ids that the mapping gives their names; a name that it does not list keeps none.</summary>
    /// <exception cref="JsonException">The mapping is no valid JSON.</exception>
    internal static IReadOnlyList<ParquetColumn> Apply(string mapping, IReadOnlyList<ParquetColumn> columns)
    {
        using var json = JsonDocument.Parse(mapping);
        return Apply(json.RootElement, columns);
    }

    /// <summary>The columns of a table without a mapping, with the ids of the schema's fields of their names, as engines read tables that they migrated; Hive and its kin write names in lower case.</summary>
    internal static IReadOnlyList<ParquetColumn> Apply(IReadOnlyList<NestedField> fields, IReadOnlyList<ParquetColumn> columns) => [.. columns.Select(column =>
        (fields.FirstOrDefault(f => f.Name == column.Name) ?? fields.FirstOrDefault(f => string.Equals(f.Name, column.Name, StringComparison.OrdinalIgnoreCase))) is { } field
            ? Apply(field.Id, field.Type, column)
            : column)];

    private static ParquetColumn Apply(int id, IcebergType type, ParquetColumn column) => column with
    {
        FieldId = id,
        Children = (type, column.Shape) switch
        {
            (StructType s, ParquetShape.Struct) => Apply(s.Fields, column.Children),
            (ListType l, ParquetShape.List) => [Apply(l.ElementId, l.Element, column.Children[0])],
            (MapType m, ParquetShape.Map) => [Apply(m.KeyId, m.Key, column.Children[0]), Apply(m.ValueId, m.Value, column.Children[1])],
            _ => column.Children,
        },
    };

    private static ParquetColumn[] Apply(JsonElement fields, IReadOnlyList<ParquetColumn> columns) => [.. columns.Select((column, i) => Apply(fields, column, column.Name))];

    private static ParquetColumn Apply(JsonElement fields, ParquetColumn column, string name)
    {
        var mapped = fields.ValueKind != JsonValueKind.Array ? default
            : fields.EnumerateArray().FirstOrDefault(f => f.TryGetProperty("names", out var names) && names.EnumerateArray().Any(n => n.ValueEquals(name)));
        if (mapped.ValueKind != JsonValueKind.Object)
        {
            return column;
        }

        var inner = mapped.TryGetProperty("fields", out var children) ? children : default;
        return column with
        {
            FieldId = mapped.TryGetProperty("field-id", out var id) ? id.GetInt32() : null,
            Children = column.Shape switch
            {
                ParquetShape.List => [Apply(inner, column.Children[0], "element")],
                ParquetShape.Map => [Apply(inner, column.Children[0], "key"), Apply(inner, column.Children[1], "value")],
                _ => Apply(inner, column.Children),
            },
        };
    }
}
