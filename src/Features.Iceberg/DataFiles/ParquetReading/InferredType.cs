using Features.Iceberg.Spec;
using ListType = Features.Iceberg.Spec.ListType;
using MapType = Features.Iceberg.Spec.MapType;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>The table type that holds a file's column, for columns that no table schema describes: those within shredded variants.</summary>
internal static class InferredType
{
    /// <summary>Gives the node and those below it ids from <paramref name="lastId"/> + 1 on where they have none. Null where no type holds it.</summary>
    public static NestedField? Field(FileNode node, ref int lastId)
    {
        node.FieldId ??= ++lastId;
        return TypeOf(node, ref lastId) is { } type ? new NestedField(node.FieldId.Value, node.Name, type, Required: false) : null;
    }

    /// <summary>The type of a leaf's values; null where none holds them.</summary>
    public static PrimitiveType? Primitive(SchemaElement element)
    {
        var annotation = Annotation.Of(element);
        return (annotation.Meaning, element.Type) switch
        {
            _ when element.Logical?.Kind == LogicalKind.Null => new(PrimitiveKind.Unknown),
            (Meaning.Decimal, _) => new(PrimitiveKind.Decimal, element.Logical?.Precision ?? element.Precision, annotation.Scale),
            (Meaning.Date, _) => new(PrimitiveKind.Date),
            (Meaning.Time, _) => new(PrimitiveKind.Time),
            (Meaning.Timestamp, _) => new(Timestamp(element.Logical?.IsUtc ?? true, annotation.PerSecond > 1_000_000)),
            (Meaning.Int96, _) => new(PrimitiveKind.TimestampTz),
            (Meaning.Float16, _) => new(PrimitiveKind.Float),
            (Meaning.Unsigned, PhysicalKind.Int32) => new(PrimitiveKind.Long),
            (Meaning.Unsigned or Meaning.Interval or Meaning.Geospatial, _) => null,
            (_, PhysicalKind.Boolean) => new(PrimitiveKind.Boolean),
            (_, PhysicalKind.Int32) => new(PrimitiveKind.Int),
            (_, PhysicalKind.Int64) => new(PrimitiveKind.Long),
            (_, PhysicalKind.Float) => new(PrimitiveKind.Float),
            (_, PhysicalKind.Double) => new(PrimitiveKind.Double),
            (_, PhysicalKind.FixedLenByteArray) => element.Logical?.Kind == LogicalKind.Uuid ? new(PrimitiveKind.Uuid) : new(PrimitiveKind.Fixed, Length: element.TypeLength),
            _ => new(element.Logical?.Kind is LogicalKind.String or LogicalKind.Enum or LogicalKind.Json || element.Converted is ConvertedType.Utf8 or ConvertedType.Enum or ConvertedType.Json ? PrimitiveKind.String : PrimitiveKind.Binary),
        };
    }

    private static IcebergType? TypeOf(FileNode node, ref int lastId, bool isElement = false)
    {
        if (!isElement && (node.IsRepeated || node.IsAnnotatedList) && node.List() is { } list)
        {
            list.Element.FieldId ??= ++lastId;
            return TypeOf(list.Element, ref lastId, isElement: list.Element == node || !list.Element.IsAnnotatedList) is { } element ? new ListType(list.Element.FieldId!.Value, element, ElementRequired: false) : null;
        }

        if (node.IsAnnotatedMap && node.Map() is { } map)
        {
            map.Key.FieldId ??= ++lastId;
            map.Value.FieldId ??= ++lastId;
            return TypeOf(map.Key, ref lastId) is { } key && TypeOf(map.Value, ref lastId) is { } value ? new MapType(map.Key.FieldId.Value, key, map.Value.FieldId.Value, value, ValueRequired: false) : null;
        }

        if (node.IsLeaf)
        {
            return Primitive(node.Element);
        }

        if (node.Element.Logical?.Kind == LogicalKind.Variant)
        {
            return new PrimitiveType(PrimitiveKind.Variant);
        }

        var fields = new List<NestedField>();
        foreach (var child in node.Children)
        {
            if (Field(child, ref lastId) is not { } field)
            {
                return null;
            }

            fields.Add(field);
        }

        return new StructType(fields);
    }

    private static PrimitiveKind Timestamp(bool isUtc, bool isNanos) => (isUtc, isNanos) switch
    {
        (true, false) => PrimitiveKind.TimestampTz,
        (false, false) => PrimitiveKind.Timestamp,
        (true, true) => PrimitiveKind.TimestampTzNs,
        _ => PrimitiveKind.TimestampNs,
    };
}
