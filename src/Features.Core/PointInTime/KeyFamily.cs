using Apache.Arrow.Types;

namespace Features.Core.PointInTime;

/// <summary>Types of keys that compare with each other: integers of any width do, an integer and a string do not.</summary>
internal enum KeyFamily
{
    Integer,
    Boolean,
    Float,
    Text,
    Date,
    Timestamp,
    Binary,

    /// <summary>16 bytes, or the text of them in either case.</summary>
    Uuid,
}

internal static class KeyFamilies
{
    /// <summary>The family, or null for a type that cannot be a key.</summary>
    public static KeyFamily? Of(IArrowType type) => type switch
    {
        Int8Type or Int16Type or Int32Type or Int64Type or UInt8Type or UInt16Type or UInt32Type => KeyFamily.Integer,
        BooleanType => KeyFamily.Boolean,
        FloatType or DoubleType => KeyFamily.Float,
        StringType => KeyFamily.Text,
        Date32Type => KeyFamily.Date,
        TimestampType { Unit: not TimeUnit.Nanosecond } => KeyFamily.Timestamp,
        BinaryType or FixedSizeBinaryType => KeyFamily.Binary,
        _ => null,
    };

    /// <summary>The family of an entity key's declared type (<see cref="Definitions.EntityKey"/>).</summary>
    public static KeyFamily OfDeclared(string type) => type switch
    {
        "int" or "long" => KeyFamily.Integer,
        "boolean" => KeyFamily.Boolean,
        "date" => KeyFamily.Date,
        "uuid" => KeyFamily.Uuid,
        "binary" => KeyFamily.Binary,
        _ => KeyFamily.Text,
    };

    /// <summary>The family of a key that is declared so, in a column; null if the column cannot hold it. An engine may hand on a uuid as text.</summary>
    public static KeyFamily? Of(string declared, IArrowType column) => (OfDeclared(declared), Of(column)) switch
    {
        (KeyFamily.Uuid, KeyFamily.Text or KeyFamily.Binary) => KeyFamily.Uuid,
        (var family, var found) when family == found => family,
        _ => null,
    };
}
