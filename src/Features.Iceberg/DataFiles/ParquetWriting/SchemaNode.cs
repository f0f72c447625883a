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

    /// <summary>The definition level at which this node is present.</summary>
    public int DefinitionLevel { get; }

    public int RepetitionLevel { get; }

    public IReadOnlyList<SchemaNode> Children { get; private set; } = [];

    public PrimitiveType? Leaf => Type as PrimitiveType;

    public static IReadOnlyList<SchemaNode> Of(Schema schema) => [.. schema.Fields.Select(f => Of(f.Name, f.Id, f.Type, f.Required, null))];

    public IEnumerable<SchemaNode> Leaves() => Leaf is not null ? [this] : Children.SelectMany(c => c.Leaves());

    public IEnumerable<SchemaNode> Flatten() => Children.SelectMany(c => c.Flatten()).Prepend(this);

    private static SchemaNode Of(string name, int id, IcebergType type, bool required, SchemaNode? parent)
    {
        var node = Make(name, id, type, required ? Repetition.Required : Repetition.Optional, parent);
        switch (type)
        {
            case StructType s:
                node.Children = [.. s.Fields.Select(f => Of(f.Name, f.Id, f.Type, f.Required, node))];
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
                throw new UnsupportedFeatureException($"writing type {SchemaJson.NameOf(p)}", string.Join('.', node.Path), "leave the column out of the table's schema");
        }

        return node;
    }

    private static SchemaNode Make(string name, int? id, IcebergType? type, Repetition repetition, SchemaNode? parent) => new(
        name,
        id,
        type,
        repetition,
        parent is null ? [name] : [.. parent.Path, name],
        (parent?.DefinitionLevel ?? 0) + (repetition == Repetition.Required ? 0 : 1),
        (parent?.RepetitionLevel ?? 0) + (repetition == Repetition.Repeated ? 1 : 0));
}
