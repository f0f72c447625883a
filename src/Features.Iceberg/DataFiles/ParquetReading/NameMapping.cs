using System.Text.Json;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Gives field ids to the nodes of a file that has none ("Column Projection"): by the table's name mapping, or where there is none either by the names of its schema, as engines read migrated tables.</summary>
internal static class NameMapping
{
    public static void Apply(IReadOnlyList<FileNode> nodes, string? mapping, Schema schema, string location)
    {
        if (nodes.SelectMany(n => n.Flatten()).Any(n => n.FieldId is not null))
        {
            return;
        }

        if (mapping is null)
        {
            ApplySchema(nodes, schema.Fields);
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(mapping);
            ApplyMapping(nodes.Select(n => (n.Name, n)), document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidFileException(location, $"it has no field ids, and the table's property 'schema.name-mapping.default' is not a name mapping ({error.Message})", error);
        }
    }

    private static void ApplyMapping(IEnumerable<(string Name, FileNode Node)> nodes, JsonElement fields)
    {
        foreach (var (name, node) in nodes)
        {
            foreach (var field in fields.EnumerateArray())
            {
                if (!field.TryGetProperty("names", out var names) || !names.EnumerateArray().Any(n => n.GetString() == name))
                {
                    continue;
                }

                if (field.TryGetProperty("field-id", out var id))
                {
                    node.FieldId = id.GetInt32();
                }

                if (field.TryGetProperty("fields", out var inner))
                {
                    ApplyMapping(Named(node), inner);
                }

                break;
            }
        }
    }

    /// <summary>The nodes below by the names that a mapping uses: list elements are <c>element</c>, map entries <c>key</c> and <c>value</c>, whatever the file calls them.</summary>
    private static IEnumerable<(string Name, FileNode Node)> Named(FileNode node)
    {
        // A list of pairs, whose writer left out the inner group, has the form of a map.
        if (!node.IsAnnotatedList && node.Map() is { } map)
        {
            return [("key", map.Key), ("value", map.Value)];
        }

        return node.List() is { } list && list.Element != node ? [("element", list.Element)] : node.Children.Select(n => (n.Name, n));
    }

    private static void ApplySchema(IReadOnlyList<FileNode> nodes, IReadOnlyList<NestedField> fields)
    {
        foreach (var node in nodes)
        {
            // Hive and its kin write names in lower case.
            var field = fields.FirstOrDefault(f => f.Name == node.Name) ?? fields.FirstOrDefault(f => string.Equals(f.Name, node.Name, StringComparison.OrdinalIgnoreCase));
            if (field is not null)
            {
                ApplyType(node, field.Id, field.Type);
            }
        }
    }

    private static void ApplyType(FileNode node, int id, IcebergType type)
    {
        node.FieldId = id;
        switch (type)
        {
            case StructType s:
                ApplySchema(node.Children, s.Fields);
                break;
            case ListType { Element: StructType element } when node.List() is { } list && list.Element == node:
                ApplySchema(node.Children, element.Fields);
                break;
            case ListType l when node.List() is { } list && list.Element != node:
                ApplyType(list.Element, l.ElementId, l.Element);
                break;
            case MapType m when node.Map() is { } map:
                ApplyType(map.Key, m.KeyId, m.Key);
                ApplyType(map.Value, m.ValueId, m.Value);
                break;
        }
    }
}
