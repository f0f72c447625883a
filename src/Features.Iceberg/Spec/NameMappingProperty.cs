using System.Text.Json;

namespace Features.Iceberg.Spec;

/// <summary>The table property that gives field ids to files without any ("Name Mapping Serialization").</summary>
internal static class NameMappingProperty
{
    private const string Name = "schema.name-mapping.default";
    private const int Top = 0;

    /// <summary>
    /// The mapping as JSON; null if there is none, or if it was made for another schema, so that files are read by the names of the table's: it puts a field elsewhere than the table's schemas do, to
    /// which no evolution leads. Tables that were migrated before ids were assigned anew have such mappings.
    /// </summary>
    public static string? Of(TableMetadata metadata) => Of(metadata.Properties.GetValueOrDefault(Name), metadata.Schemas);

    /// <summary>
    /// The ids that the table's mapping gives to columns; null if it has none, or none that can be read. Where there is one, a column that it lacks is in no file without ids of its own, whatever the
    /// file's metrics, which were made with the mapping of their time, say of the id.
    /// </summary>
    public static IReadOnlySet<int>? FieldIds(TableMetadata metadata)
    {
        if (Of(metadata) is not { } mapping)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(mapping);
            var ids = new HashSet<int>();
            Collect(json.RootElement, ids);
            return ids;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    internal static string? Of(string? mapping, IReadOnlyList<Schema> schemas)
    {
        if (mapping is null)
        {
            return null;
        }

        var parents = new Dictionary<int, int>();
        foreach (var schema in schemas)
        {
            Place(schema.Fields, Top, parents);
        }

        try
        {
            using var json = JsonDocument.Parse(mapping);
            return Fits(json.RootElement, Top, parents) ? mapping : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            // Its reader says what is wrong, once a file needs it.
            return mapping;
        }
    }

    private static bool Fits(JsonElement fields, int parent, Dictionary<int, int> parents) => fields.EnumerateArray().All(field =>
    {
        var id = field.TryGetProperty("field-id", out var given) ? given.GetInt32() : Top;
        return (id == Top || !parents.TryGetValue(id, out var place) || place == parent)
            && (id == Top || !field.TryGetProperty("fields", out var below) || Fits(below, id, parents));
    });

    private static void Collect(JsonElement fields, HashSet<int> ids)
    {
        foreach (var field in fields.EnumerateArray())
        {
            if (field.TryGetProperty("field-id", out var id))
            {
                ids.Add(id.GetInt32());
            }

            if (field.TryGetProperty("fields", out var below))
            {
                Collect(below, ids);
            }
        }
    }

    private static void Place(IEnumerable<NestedField> fields, int parent, Dictionary<int, int> parents)
    {
        foreach (var field in fields)
        {
            parents.TryAdd(field.Id, parent);
            Place(Schema.ChildrenOf(field.Type), field.Id, parents);
        }
    }
}
