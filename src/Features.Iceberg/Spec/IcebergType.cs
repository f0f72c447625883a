namespace Features.Iceberg.Spec;

/// <summary>A type of the Iceberg specification ("Schemas and Data Types").</summary>
public abstract record IcebergType
{
    private protected IcebergType() { }
}

/// <summary>The kinds of primitive types; the parameters of decimal and fixed are on <see cref="PrimitiveType"/>.</summary>
public enum PrimitiveKind
{
    /// <summary>True or false.</summary>
    Boolean,
    /// <summary>32-bit signed integer.</summary>
    Int,
    /// <summary>64-bit signed integer.</summary>
    Long,
    /// <summary>32-bit IEEE 754.</summary>
    Float,
    /// <summary>64-bit IEEE 754.</summary>
    Double,
    /// <summary>Decimal of fixed precision (at most 38) and scale.</summary>
    Decimal,
    /// <summary>Days since 1970-01-01.</summary>
    Date,
    /// <summary>Microseconds since midnight.</summary>
    Time,
    /// <summary>Microseconds since 1970-01-01T00:00:00, without zone.</summary>
    Timestamp,
    /// <summary>Microseconds since 1970-01-01T00:00:00 UTC.</summary>
    TimestampTz,
    /// <summary>Nanoseconds, without zone (v3).</summary>
    TimestampNs,
    /// <summary>Nanoseconds, UTC (v3).</summary>
    TimestampTzNs,
    /// <summary>UTF-8.</summary>
    String,
    /// <summary>16 bytes.</summary>
    Uuid,
    /// <summary>Bytes of a fixed length.</summary>
    Fixed,
    /// <summary>Bytes of any length.</summary>
    Binary,
    /// <summary>Always null (v3).</summary>
    Unknown,
    /// <summary>Semi-structured (v3).</summary>
    Variant,
    /// <summary>Geospatial, planar (v3).</summary>
    Geometry,
    /// <summary>Geospatial, spherical (v3).</summary>
    Geography,
}

/// <summary>A primitive type. <paramref name="Precision"/> and <paramref name="Scale"/> hold for decimal, <paramref name="Length"/> for fixed (bytes), <paramref name="Parameters"/> for geometry and geography; else 0 or null.</summary>
public sealed record PrimitiveType(PrimitiveKind Kind, int Precision = 0, int Scale = 0, int Length = 0, string? Parameters = null) : IcebergType;

/// <summary>A struct: fields in order.</summary>
public sealed record StructType(IReadOnlyList<NestedField> Fields) : IcebergType;

/// <summary>A list; the element has a field id of its own.</summary>
public sealed record ListType(int ElementId, IcebergType Element, bool ElementRequired) : IcebergType;

/// <summary>A map; key and value have field ids of their own. Keys are required.</summary>
public sealed record MapType(int KeyId, IcebergType Key, int ValueId, IcebergType Value, bool ValueRequired) : IcebergType;
