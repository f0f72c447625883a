using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.Spec;
using ArrowListType = Apache.Arrow.Types.ListType;
using ArrowMapType = Apache.Arrow.Types.MapType;
using ArrowStructType = Apache.Arrow.Types.StructType;
using ListType = Features.Iceberg.Spec.ListType;
using MapType = Features.Iceberg.Spec.MapType;
using Schema = Features.Iceberg.Spec.Schema;
using StructType = Features.Iceberg.Spec.StructType;
using TimeUnit = Apache.Arrow.Types.TimeUnit;

namespace Features.Iceberg.DataFiles;

/// <summary>
/// The Arrow form of a schema: Time64 and Timestamp in microseconds (nanoseconds for the _ns types; zone "UTC" for the tz types), Decimal128, FixedSizeBinary for fixed and
/// (16, extension <c>arrow.uuid</c>) for uuid, Struct, List, Map, Struct of metadata and value (extension <c>arrow.parquet.variant</c>) for variant; the field id of each field stands in its metadata under <c>PARQUET:field_id</c>.
/// </summary>
public static class ArrowSchema
{
    /// <summary>The metadata key of field ids, as the Parquet readers of Arrow set it.</summary>
    public const string FieldIdKey = "PARQUET:field_id";

    private const string ExtensionKey = "ARROW:extension:name";
    private const string UuidExtension = "arrow.uuid";
    private const string VariantExtension = "arrow.parquet.variant";

    /// <summary>The Arrow schema of an Iceberg schema.</summary>
    /// <exception cref="UnsupportedFeatureException">A column's type (geometry, geography) has no Arrow form here; the message names it.</exception>
    public static Apache.Arrow.Schema From(Schema schema) => new([.. schema.Fields.Select(FieldOf)], null);

    /// <summary>The Arrow field of an Iceberg field.</summary>
    /// <exception cref="UnsupportedFeatureException">Its type has no Arrow form here.</exception>
    public static Field FieldOf(NestedField field) => FieldOf(field.Id, field.Name, field.Type, !field.Required);

    /// <summary>The Iceberg schema of an Arrow schema, with fresh ids from 1 in order; types without an equal (unsigned 64-bit, intervals, …) are refused by name.</summary>
    /// <exception cref="InvalidTableArgumentException">Columns have no Iceberg type; every one is named.</exception>
    public static Schema ToIceberg(Apache.Arrow.Schema schema)
    {
        var reading = new Reading();
        var fields = schema.FieldsList.Select(f => reading.FieldOf(f, f.Name)).ToArray();
        return reading.Faults.Count == 0
            ? new Schema(0, fields, [])
            : throw new InvalidTableArgumentException($"these columns have no Iceberg type: {string.Join("; ", reading.Faults)}");
    }

    internal static IArrowType TypeOf(IcebergType type, string column) => type switch
    {
        StructType s => new ArrowStructType([.. s.Fields.Select(FieldOf)]),
        ListType l => new ArrowListType(FieldOf(l.ElementId, "element", l.Element, !l.ElementRequired)),
        MapType m => new ArrowMapType(FieldOf(m.KeyId, "key", m.Key, false), FieldOf(m.ValueId, "value", m.Value, !m.ValueRequired)),
        PrimitiveType p => PrimitiveOf(p, column),
        _ => throw NoForm(type, column),
    };

    private static IArrowType PrimitiveOf(PrimitiveType type, string column) => type.Kind switch
    {
        PrimitiveKind.Boolean => BooleanType.Default,
        PrimitiveKind.Int => Int32Type.Default,
        PrimitiveKind.Long => Int64Type.Default,
        PrimitiveKind.Float => FloatType.Default,
        PrimitiveKind.Double => DoubleType.Default,
        PrimitiveKind.Decimal => new Decimal128Type(type.Precision, type.Scale),
        PrimitiveKind.Date => Date32Type.Default,
        PrimitiveKind.Time => new Time64Type(TimeUnit.Microsecond),
        PrimitiveKind.Timestamp => new TimestampType(TimeUnit.Microsecond, (string?)null),
        PrimitiveKind.TimestampTz => new TimestampType(TimeUnit.Microsecond, "UTC"),
        PrimitiveKind.TimestampNs => new TimestampType(TimeUnit.Nanosecond, (string?)null),
        PrimitiveKind.TimestampTzNs => new TimestampType(TimeUnit.Nanosecond, "UTC"),
        PrimitiveKind.String => StringType.Default,
        PrimitiveKind.Uuid => new FixedSizeBinaryType(16),
        PrimitiveKind.Fixed => new FixedSizeBinaryType(type.Length),
        PrimitiveKind.Binary => BinaryType.Default,
        PrimitiveKind.Unknown => NullType.Default,
        PrimitiveKind.Variant => new ArrowStructType([new Field("metadata", BinaryType.Default, false), new Field("value", BinaryType.Default, false)]),
        _ => throw NoForm(type, column),
    };

    private static Field FieldOf(int id, string name, IcebergType type, bool nullable)
    {
        var metadata = new Dictionary<string, string> { [FieldIdKey] = id.ToString(CultureInfo.InvariantCulture) };
        if (type is PrimitiveType { Kind: PrimitiveKind.Uuid })
        {
            metadata[ExtensionKey] = UuidExtension;
        }
        else if (type is PrimitiveType { Kind: PrimitiveKind.Variant })
        {
            metadata[ExtensionKey] = VariantExtension;
        }

        return new Field(name, TypeOf(type, name), nullable, metadata);
    }

    private static UnsupportedFeatureException NoForm(IcebergType type, string column) =>
        new($"type {SchemaJson.NameOf(type)}", column, "leave the column out of the scan");

    private sealed class Reading
    {
        private int last;

        public List<string> Faults { get; } = [];

        public NestedField FieldOf(Field field, string path) => new(++last, field.Name, TypeOf(field, path), !field.IsNullable);

        private IcebergType TypeOf(Field field, string path)
        {
            switch (field.DataType)
            {
                case ArrowStructType when field.Metadata?.GetValueOrDefault(ExtensionKey) == VariantExtension:
                    return new PrimitiveType(PrimitiveKind.Variant);
                case ArrowStructType s:
                    return new StructType([.. s.Fields.Select(f => FieldOf(f, $"{path}.{f.Name}"))]);
                case ArrowMapType m:
                    var key = ++last;
                    var keyType = TypeOf(m.KeyField, $"{path}.key");
                    var value = ++last;
                    return new MapType(key, keyType, value, TypeOf(m.ValueField, $"{path}.value"), !m.ValueField.IsNullable);
                case ArrowListType l:
                    return new ListType(++last, TypeOf(l.ValueField, $"{path}.element"), !l.ValueField.IsNullable);
                case LargeListType l:
                    return new ListType(++last, TypeOf(l.ValueField, $"{path}.element"), !l.ValueField.IsNullable);
            }

            if (PrimitiveOf(field) is { } primitive)
            {
                return primitive;
            }

            Faults.Add($"'{path}' is {field.DataType}; cast it first");
            return new PrimitiveType(PrimitiveKind.Unknown);
        }

        private static PrimitiveType? PrimitiveOf(Field field) => field.DataType switch
        {
            BooleanType => new(PrimitiveKind.Boolean),
            Int8Type or Int16Type or Int32Type or UInt8Type or UInt16Type => new(PrimitiveKind.Int),
            Int64Type or UInt32Type => new(PrimitiveKind.Long),
            HalfFloatType or FloatType => new(PrimitiveKind.Float),
            DoubleType => new(PrimitiveKind.Double),
            Decimal32Type d => DecimalOf(d.Precision, d.Scale),
            Decimal64Type d => DecimalOf(d.Precision, d.Scale),
            Decimal128Type d => DecimalOf(d.Precision, d.Scale),
            Date32Type or Date64Type => new(PrimitiveKind.Date),
            Time32Type => new(PrimitiveKind.Time),
            Time64Type { Unit: TimeUnit.Microsecond } => new(PrimitiveKind.Time),
            TimestampType { Unit: TimeUnit.Nanosecond } t => new(t.Timezone is null ? PrimitiveKind.TimestampNs : PrimitiveKind.TimestampTzNs),
            TimestampType t => new(t.Timezone is null ? PrimitiveKind.Timestamp : PrimitiveKind.TimestampTz),
            StringType or LargeStringType or StringViewType => new(PrimitiveKind.String),
            BinaryType or LargeBinaryType or BinaryViewType => new(PrimitiveKind.Binary),
            // Decimal types of Arrow are fixed-size binaries to the class library, so they stand above.
            FixedSizeBinaryType { ByteWidth: 16 } when field.Metadata?.GetValueOrDefault(ExtensionKey) == UuidExtension => new(PrimitiveKind.Uuid),
            FixedSizeBinaryType f when f.TypeId == ArrowTypeId.FixedSizedBinary => new(PrimitiveKind.Fixed, Length: f.ByteWidth),
            NullType => new(PrimitiveKind.Unknown),
            _ => null,
        };

        private static PrimitiveType? DecimalOf(int precision, int scale) => precision is > 0 and <= 38 && scale >= 0 && scale <= precision
            ? new(PrimitiveKind.Decimal, Precision: precision, Scale: scale)
            : null;
    }
}
