using Features.Iceberg.Spec;

namespace Features.Core.Lineage;

/// <summary>Iceberg types in the words of the specification ("Schemas and Data Types").</summary>
internal static class TypeName
{
    public static string Of(IcebergType type) => type switch
    {
        PrimitiveType { Kind: PrimitiveKind.Decimal } t => $"decimal({t.Precision},{t.Scale})",
        PrimitiveType { Kind: PrimitiveKind.Fixed } t => $"fixed[{t.Length}]",
        PrimitiveType { Kind: PrimitiveKind.TimestampNs } => "timestamp_ns",
        PrimitiveType { Kind: PrimitiveKind.TimestampTzNs } => "timestamptz_ns",
        PrimitiveType t => t.Kind.ToString().ToLowerInvariant(),
        ListType t => $"list<{Of(t.Element)}>",
        MapType t => $"map<{Of(t.Key)}, {Of(t.Value)}>",
        StructType t => $"struct<{string.Join(", ", t.Fields.Select(f => $"{f.Name}: {Of(f.Type)}"))}>",
        _ => type.ToString(),
    };
}
