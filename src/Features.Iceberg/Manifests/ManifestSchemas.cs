using System.Globalization;
using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Manifests;

/// <summary>The Avro schemas of version 2 manifests and manifest lists, with the record names and field ids that other readers expect.</summary>
internal static class ManifestSchemas
{
    /// <summary>The schema of a manifest list's <c>manifest_file</c>.</summary>
    public static string List { get; } = Record(
        "manifest_file",
        Field(500, "manifest_path", "string"),
        Field(501, "manifest_length", "long"),
        Field(502, "partition_spec_id", "int"),
        Field(517, "content", "int"),
        Field(515, "sequence_number", "long"),
        Field(516, "min_sequence_number", "long"),
        Field(503, "added_snapshot_id", "long"),
        Field(504, "added_files_count", "int"),
        Field(505, "existing_files_count", "int"),
        Field(506, "deleted_files_count", "int"),
        Field(512, "added_rows_count", "long"),
        Field(513, "existing_rows_count", "long"),
        Field(514, "deleted_rows_count", "long"),
        Optional(507, "partitions", Array(508, Record(
            "r508",
            Field(509, "contains_null", "boolean"),
            Optional(518, "contains_nan", "boolean"),
            Optional(510, "lower_bound", "bytes"),
            Optional(511, "upper_bound", "bytes")))),
        Optional(519, "key_metadata", "bytes")).ToJsonString();

    /// <summary>The schema of a manifest's entries for a spec's partition type.</summary>
    public static string Entry(StructType partitionType) => Record(
        "manifest_entry",
        Field(0, "status", "int"),
        Optional(1, "snapshot_id", "long"),
        Optional(3, "sequence_number", "long"),
        Optional(4, "file_sequence_number", "long"),
        Field(2, "data_file", Record(
            "r2",
            Field(134, "content", "int"),
            Field(100, "file_path", "string"),
            Field(101, "file_format", "string"),
            Field(102, "partition", Record("r102", PartitionFields(partitionType))),
            Field(103, "record_count", "long"),
            Field(104, "file_size_in_bytes", "long"),
            Optional(108, "column_sizes", Map(117, 118, "long")),
            Optional(109, "value_counts", Map(119, 120, "long")),
            Optional(110, "null_value_counts", Map(121, 122, "long")),
            Optional(137, "nan_value_counts", Map(138, 139, "long")),
            Optional(125, "lower_bounds", Map(126, 127, "bytes")),
            Optional(128, "upper_bounds", Map(129, 130, "bytes")),
            Optional(131, "key_metadata", "bytes"),
            Optional(132, "split_offsets", Array(133, "long")),
            Optional(135, "equality_ids", Array(136, "int")),
            Optional(140, "sort_order_id", "int"),
            Optional(143, "referenced_data_file", "string")))).ToJsonString();

    private static JsonObject[] PartitionFields(StructType partitionType)
    {
        var named = new HashSet<string>();
        return [.. partitionType.Fields.Select(f =>
        {
            var name = AvroName.Sanitise(f.Name);
            var field = Optional(f.Id, name, PartitionField((PrimitiveType)f.Type, named));
            if (name != f.Name)
            {
                field["iceberg-field-name"] = f.Name;
            }

            return field;
        })];
    }

    private static JsonNode PartitionField(PrimitiveType type, HashSet<string> named) => type.Kind switch
    {
        PrimitiveKind.Boolean => "boolean",
        PrimitiveKind.Int => "int",
        PrimitiveKind.Long => "long",
        PrimitiveKind.Float => "float",
        PrimitiveKind.Double => "double",
        PrimitiveKind.String => "string",
        PrimitiveKind.Binary => "bytes",
        PrimitiveKind.Date => Logical("int", "date"),
        PrimitiveKind.Time => Logical("long", "time-micros"),
        PrimitiveKind.Timestamp => Timestamp("timestamp-micros", false),
        PrimitiveKind.TimestampTz => Timestamp("timestamp-micros", true),
        PrimitiveKind.TimestampNs => Timestamp("timestamp-nanos", false),
        PrimitiveKind.TimestampTzNs => Timestamp("timestamp-nanos", true),
        PrimitiveKind.Uuid => Fixed("uuid_fixed", 16, named, new JsonObject { ["logicalType"] = "uuid" }),
        PrimitiveKind.Fixed => Fixed(string.Create(CultureInfo.InvariantCulture, $"fixed_{type.Length}"), type.Length, named, []),
        PrimitiveKind.Decimal => Fixed(
            string.Create(CultureInfo.InvariantCulture, $"decimal_{type.Precision}_{type.Scale}"),
            PartitionValue.DecimalBytes(type.Precision),
            named,
            new JsonObject { ["logicalType"] = "decimal", ["precision"] = type.Precision, ["scale"] = type.Scale }),
        // Only void and dropped sources have no type; all their values are null, whatever stands here.
        _ => "int",
    };

    // A name is defined once in an Avro schema and then referred to.
    private static JsonNode Fixed(string name, int size, HashSet<string> named, JsonObject attributes)
    {
        if (!named.Add(name))
        {
            return name;
        }

        attributes["type"] = "fixed";
        attributes["name"] = name;
        attributes["size"] = size;
        return attributes;
    }

    private static JsonObject Logical(string type, string logical) => new() { ["type"] = type, ["logicalType"] = logical };

    private static JsonObject Timestamp(string logical, bool isUtc) => new() { ["type"] = "long", ["logicalType"] = logical, ["adjust-to-utc"] = isUtc };

    private static JsonObject Record(string name, params JsonObject[] fields) => new() { ["type"] = "record", ["name"] = name, ["fields"] = new JsonArray([.. fields]) };

    private static JsonObject Field(int id, string name, JsonNode type) => new() { ["name"] = name, ["type"] = type, ["field-id"] = id };

    private static JsonObject Optional(int id, string name, JsonNode type) => new() { ["name"] = name, ["type"] = new JsonArray("null", type), ["default"] = null, ["field-id"] = id };

    private static JsonObject Array(int elementId, JsonNode items) => new() { ["type"] = "array", ["items"] = items, ["element-id"] = elementId };

    private static JsonObject Map(int keyId, int valueId, string value) => new()
    {
        ["type"] = "array",
        ["logicalType"] = "map",
        ["items"] = Record(string.Create(CultureInfo.InvariantCulture, $"k{keyId}_v{valueId}"), Field(keyId, "key", "int"), Field(valueId, "value", value)),
    };
}
