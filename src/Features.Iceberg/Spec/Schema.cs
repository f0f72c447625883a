namespace Features.Iceberg.Spec;

/// <summary>A table schema: top-level fields in order.</summary>
/// <param name="SchemaId">The id within the table.</param>
/// <param name="Fields">The top-level fields in order.</param>
/// <param name="IdentifierFieldIds">The ids of the fields that identify a row; empty for none.</param>
public sealed record Schema(int SchemaId, IReadOnlyList<NestedField> Fields, IReadOnlyList<int> IdentifierFieldIds)
{
    /// <summary>The top-level field with this exact name, or null.</summary>
    public NestedField? Find(string name) => Fields.FirstOrDefault(f => f.Name == name);

    /// <summary>The top-level field with this id, or null.</summary>
    public NestedField? Find(int id) => Fields.FirstOrDefault(f => f.Id == id);

    /// <summary>The field with this id at any depth (list elements, map keys and values included), or null.</summary>
    public NestedField? FindNested(int id) => Fields.Select(f => FindNested(f, id)).FirstOrDefault(f => f is not null);

    /// <summary>This schema with only the named top-level columns, in the order given.</summary>
    /// <exception cref="InvalidTableArgumentException">A name is not a column; the message lists those that are.</exception>
    public Schema Select(IEnumerable<string> names) => this with
    {
        Fields = [.. names.Select(n => Find(n) ?? throw new InvalidTableArgumentException(
            $"there is no column '{n}'; the columns are {string.Join(", ", Fields.Select(f => f.Name))}"))],
    };

    /// <summary>Every field at any depth (list elements, map keys and values included), parents before children.</summary>
    public IEnumerable<NestedField> AllFields() => Fields.SelectMany(SelfAndBelow);

    private static NestedField? FindNested(NestedField field, int id) =>
        field.Id == id ? field : ChildrenOf(field.Type).Select(child => FindNested(child, id)).FirstOrDefault(f => f is not null);

    private static IEnumerable<NestedField> SelfAndBelow(NestedField field) => ChildrenOf(field.Type).SelectMany(SelfAndBelow).Prepend(field);

    internal static IReadOnlyList<NestedField> ChildrenOf(IcebergType type) => type switch
    {
        StructType s => s.Fields,
        ListType l => [new NestedField(l.ElementId, "element", l.Element, l.ElementRequired)],
        MapType m => [new NestedField(m.KeyId, "key", m.Key, true), new NestedField(m.ValueId, "value", m.Value, m.ValueRequired)],
        _ => [],
    };
}
