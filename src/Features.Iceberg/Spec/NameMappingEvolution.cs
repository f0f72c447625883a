using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Spec;

/// <summary>Keeps a table's name mapping (<c>schema.name-mapping.default</c>) in step with its schema: renamed columns gain their new name, new columns an entry; a name that another column takes over leads to that one alone.</summary>
internal static class NameMappingEvolution
{
    /// <summary>The property that holds it.</summary>
    public const string Property = "schema.name-mapping.default";

    /// <summary>The mapping's text after a change of the schema.</summary>
    /// <exception cref="InvalidTableArgumentException">The text is no name mapping.</exception>
    public static string Apply(string mapping, Schema before, Schema after)
    {
        try
        {
            var fields = JsonNode.Parse(mapping)!.AsArray();
            var known = before.AllFields().ToDictionary(f => f.Id, f => f.Name);
            Update(fields, after.Fields, known);
            return fields.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new InvalidTableArgumentException($"the property '{Property}' is no name mapping ({error.Message}); set it right or remove it, then change the schema");
        }
    }

    private static void Update(JsonArray mapped, IReadOnlyList<NestedField> fields, Dictionary<int, string> known)
    {
        foreach (var field in fields)
        {
            var entry = mapped.Select(m => m!.AsObject()).FirstOrDefault(m => IdOf(m) == field.Id);
            var isFresh = !known.TryGetValue(field.Id, out var former);
            if (isFresh || former != field.Name)
            {
                Release(mapped, field);
            }

            if (entry is null && isFresh)
            {
                entry = new JsonObject { ["field-id"] = field.Id, ["names"] = new JsonArray(field.Name) };
                mapped.Add(entry);
            }

            if (entry is null)
            {
                continue;
            }

            if (former != field.Name && entry["names"]!.AsArray() is { } names && !names.Any(n => n!.GetValue<string>() == field.Name))
            {
                names.Add(field.Name);
            }

            if (ChildrenOf(field.Type) is { Count: > 0 } children)
            {
                if (entry["fields"] is not JsonArray inner)
                {
                    entry["fields"] = inner = [];
                }

                Update(inner, children, known);
            }
        }
    }

    /// <summary>Takes a name from the other columns that had it.</summary>
    private static void Release(JsonArray mapped, NestedField field)
    {
        foreach (var other in mapped.Select(m => m!.AsObject()).Where(m => IdOf(m) != field.Id))
        {
            var names = other["names"]!.AsArray();
            foreach (var name in names.Where(n => n!.GetValue<string>() == field.Name).ToList())
            {
                names.Remove(name);
            }
        }
    }

    private static int? IdOf(JsonObject entry) => entry["field-id"]?.GetValue<int>();

    private static IReadOnlyList<NestedField> ChildrenOf(IcebergType type) => type switch
    {
        StructType s => s.Fields,
        ListType l => [new(l.ElementId, "element", l.Element, l.ElementRequired)],
        MapType m => [new(m.KeyId, "key", m.Key, true), new(m.ValueId, "value", m.Value, m.ValueRequired)],
        _ => [],
    };
}
