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

    public static JsonArray Spec(PartitionSpec spec, Schema schema) => new([.. spec.Fields.Select(field => new JsonObject
    {
        ["name"] = field.Name,
        ["transform"] = field.Transform.ToString(),
        ["source"] = schema.Find(field.SourceId)?.Name,
        ["source_id"] = field.SourceId,
        ["field_id"] = field.FieldId,
    })]);
}
