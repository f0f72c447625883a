using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Core.Sources;

/// <summary>The name mapping of a table whose files have no field ids ("Column Projection" of the Iceberg specification).</summary>
internal static class FolderMapping
{
    public const string Property = "schema.name-mapping.default";

    public static string Of(Schema schema) => Fields(schema.Fields.Select(f => (f.Id, f.Name, f.Type))).ToJsonString();

    private static JsonArray Fields(IEnumerable<(int Id, string Name, IcebergType Type)> fields) => new([.. fields.Select(f =>
    {
        var mapped = new JsonObject { ["field-id"] = f.Id, ["names"] = new JsonArray(f.Name) };
        var inner = f.Type switch
        {
            StructType type => Fields(type.Fields.Select(c => (c.Id, c.Name, c.Type))),
            ListType type => Fields([(type.ElementId, "element", type.Element)]),
            MapType type => Fields([(type.KeyId, "key", type.Key), (type.ValueId, "value", type.Value)]),
            _ => null,
        };
        if (inner is not null)
        {
            mapped["fields"] = inner;
        }

        return mapped;
    })]);
}
