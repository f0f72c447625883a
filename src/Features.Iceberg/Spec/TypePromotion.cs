namespace Features.Iceberg.Spec;

/// <summary>Which types a column may be widened to ("Schema Evolution"), in format version 2.</summary>
internal static class TypePromotion
{
    /// <summary>True if every value of <paramref name="from"/> is one of <paramref name="to"/>, and files of both can be read as the latter.</summary>
    public static bool IsAllowed(PrimitiveType from, PrimitiveType to) => from == to || (from.Kind, to.Kind) switch
    {
        (PrimitiveKind.Int, PrimitiveKind.Long) => true,
        (PrimitiveKind.Float, PrimitiveKind.Double) => true,
        (PrimitiveKind.Decimal, PrimitiveKind.Decimal) => from.Scale == to.Scale && from.Precision <= to.Precision,
        _ => false,
    };

    /// <summary>What of a type version 2 does not have; null if it has all.</summary>
    public static string? NotInVersion2(IcebergType type) => type switch
    {
        PrimitiveType { Kind: PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs or PrimitiveKind.Unknown or PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography } =>
            SchemaJson.NameOf(type),
        StructType s => s.Fields.Select(f => NotInVersion2(f.Type)).FirstOrDefault(n => n is not null),
        ListType l => NotInVersion2(l.Element),
        MapType m => NotInVersion2(m.Key) ?? NotInVersion2(m.Value),
        _ => null,
    };
}
