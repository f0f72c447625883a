using Features.Iceberg.Spec;

namespace Features.Iceberg.MetadataTables;

/// <summary>Columns of metadata tables, as short as they are many.</summary>
internal static class MetadataField
{
    public static PrimitiveType Flag { get; } = new(PrimitiveKind.Boolean);

    public static PrimitiveType Int { get; } = new(PrimitiveKind.Int);

    public static PrimitiveType Long { get; } = new(PrimitiveKind.Long);

    public static PrimitiveType Text { get; } = new(PrimitiveKind.String);

    public static PrimitiveType Binary { get; } = new(PrimitiveKind.Binary);

    public static PrimitiveType Time { get; } = new(PrimitiveKind.TimestampTz);

    public static NestedField Required(int id, string name, IcebergType type) => new(id, name, type, Required: true);

    public static NestedField Optional(int id, string name, IcebergType type) => new(id, name, type, Required: false);

    /// <summary>Milliseconds of the metadata as microseconds of a timestamp.</summary>
    public static long Micros(long milliseconds) => milliseconds * 1000;
}
