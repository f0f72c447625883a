using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>A node of the Parquet schema to write, made from an Iceberg type with its field ids ("Parquet" of Appendix A).</summary>
internal sealed class SchemaNode
{
    private SchemaNode(string name, int? fieldId, IcebergType? type, Repetition repetition, IReadOnlyList<string> path, int definition, int repetitionLevel)
    {
        Name = name;
        FieldId = fieldId;
        Type = type;
        Repetition = repetition;
        Path = path;
        DefinitionLevel = definition;
        RepetitionLevel = repetitionLevel;
    }

    public string Name { get; }

    public int? FieldId { get; }

    /// <summary>Null for the repeated groups within lists and maps.</summary>
    public IcebergType? Type { get; }

    public Repetition Repetition { get; }

    public IReadOnlyList<string> Path { get; }

    /// <summary>The column's full name in the table: <c>point.x</c>, <c>list.element</c>.</summary>
    public required string ColumnName { get; init; }

    /// <summary>The place among the struct's or schema's fields.</summary>
    public int Place { get; private init; }

    /// <summary>The definition level at which this node is present.</summary>
    public int DefinitionLevel { get; }

    public int RepetitionLevel { get; }

    public IReadOnlyList<SchemaNode> Children { get; private set; } = [];

    public PrimitiveType? Leaf => Type as PrimitiveType;

    public static IReadOnlyList<SchemaNode> Of(Schema schema) => Of(schema.Fields, null);

    public IEnumerable<SchemaNode> Leaves() => Leaf is not null ? [this] : Children.SelectMany(c => c.Leaves());

    public IEnumerable<SchemaNode> Flatten() => Children.SelectMany(c => c.Flatten()).Prepend(this);

    /// <summary>Columns of type unknown hold nothing but nulls and are left out of files.</summary>
    private static List<SchemaNode> Of(IReadOnlyList<NestedField> fields, SchemaNode? parent)
    {
        var nodes = fields.Index().Where(f => f.Item.Type is not PrimitiveType { Kind: PrimitiveKind.Unknown }).Select(f => Of(f.Item.Name, f.Item.Id, f.Item.Type, f.Item.Required, parent, f.Index)).ToList();
        return nodes.Count > 0 ? nodes : throw new UnsupportedFeatureException("writing no columns but those of type unknown", parent?.ColumnName ?? "the table", "add a column of another type");
    }

    private static SchemaNode Of(string name, int id, IcebergType type, bool required, SchemaNode? parent, int place = 0)
    {
        var node = Make(name, id, type, required ? Repetition.Required : Repetition.Optional, parent, place);
        switch (type)
        {
            case StructType s:
                node.Children = Of(s.Fields, node);
                break;
            case ListType l:
                var list = Make("list", null, null, Repetition.Repeated, node);
                list.Children = [Of("element", l.ElementId, l.Element, l.ElementRequired, list)];
                node.Children = [list];
                break;
            case MapType m:
                var entries = Make("key_value", null, null, Repetition.Repeated, node);
                entries.Children = [Of("key", m.KeyId, m.Key, true, entries), Of("value", m.ValueId, m.Value, m.ValueRequired, entries)];
                node.Children = [entries];
                break;
            case PrimitiveType { Kind: PrimitiveKind.Unknown or PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography } p:
                throw new UnsupportedFeatureException($"writing type {SchemaJson.NameOf(p)}", node.ColumnName, "leave the column out of the table's schema");
        }

        return node;
    }

    private static SchemaNode Make(string name, int? id, IcebergType? type, Repetition repetition, SchemaNode? parent, int place = 0) => new(
        name,
        id,
        type,
        repetition,
        parent is null ? [name] : [.. parent.Path, name],
        (parent?.DefinitionLevel ?? 0) + (repetition == Repetition.Required ? 0 : 1),
        (parent?.RepetitionLevel ?? 0) + (repetition == Repetition.Repeated ? 1 : 0))
    {
        ColumnName = parent is null ? name : type is null ? parent.ColumnName : $"{parent.ColumnName}.{name}",
        Place = place,
    };
}
