using System.Globalization;
using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Cli.Commands;

/// <summary>Tables as <c>--json</c> shows them.</summary>
internal static class TableJson
{
    /// <summary>A snapshot id is a string: many exceed what JSON readers keep of a number.</summary>
    public static string? Id(long? snapshotId) => snapshotId?.ToString(CultureInfo.InvariantCulture);

    public static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static JsonObject Strings(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new(pairs.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)JsonValue.Create(p.Value))));

    public static JsonArray Schema(Schema schema) => new([.. schema.Fields.Select(field => new JsonObject
    {
        ["id"] = field.Id,
        ["name"] = field.Name,
        ["type"] = SchemaJson.NameOf(field.Type),
        ["required"] = field.Required,
        ["doc"] = field.Doc,
    })]);

    /// <summary>A column's whole name, <c>p.x</c> for a struct's field; null if the schema lacks it.</summary>
    public static string? NameOf(Schema schema, int fieldId) => schema.Fields.Select(f => NameOf(f, fieldId)).FirstOrDefault(n => n is not null);

    private static string? NameOf(NestedField field, int id) => field.Id == id ? field.Name
        : field.Type is StructType s && s.Fields.Select(f => NameOf(f, id)).FirstOrDefault(n => n is not null) is { } inner ? $"{field.Name}.{inner}"
        : null;

    public static JsonArray Order(SortOrder order, Schema schema) => new([.. order.Fields.Select(field => new JsonObject
    {
        ["source"] = NameOf(schema, field.SourceId),
        ["transform"] = field.Transform.ToString(),
        ["direction"] = field.Descending ? "desc" : "asc",
        ["nulls"] = field.NullsFirst ? "nulls first" : "nulls last",
    })]);

    public static JsonArray Spec(PartitionSpec spec, Schema schema) => new([.. spec.Fields.Select(field => new JsonObject
    {
        ["name"] = field.Name,
        ["transform"] = field.Transform.ToString(),
        ["source"] = NameOf(schema, field.SourceId),
        ["source_id"] = field.SourceId,
        ["field_id"] = field.FieldId,
    })]);
}
