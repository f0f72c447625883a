using Features.Iceberg.Spec;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>A field of a schema at any depth, with the way to it.</summary>
/// <param name="Field">The field itself.</param>
/// <param name="Path">Its names from the top, joined by dots; <c>element</c>, <c>key</c> and <c>value</c> within lists and maps.</param>
/// <param name="Siblings">The fields of its struct, or of the table; null for an element, key or value.</param>
/// <param name="Places">Its place in the row and in each struct on the way; null if it lies within a list or map.</param>
internal sealed record ModelColumn(NestedField Field, string Path, IReadOnlyList<NestedField>? Siblings, IReadOnlyList<int>? Places)
{
    /// <summary>True within the key of a map, which does not change.</summary>
    public bool IsInKey { get; private init; }

    /// <summary>Every field, parents before children.</summary>
    public static List<ModelColumn> All(Schema schema) => [.. Within(schema.Fields, "", [], false)];

    /// <summary>Every field whose path is its own alone.</summary>
    public static List<ModelColumn> Of(Schema schema)
    {
        var all = All(schema);
        return [.. all.Where(c => all.Count(o => o.Path == c.Path) == 1)];
    }

    /// <summary>The primitive fields that have one value a row.</summary>
    public static List<ModelColumn> Single(Schema schema) => [.. Of(schema).Where(c => c is { Places: not null, Field.Type: PrimitiveType })];

    /// <summary>The value of a row; null within a null struct.</summary>
    public object? At(object?[] row)
    {
        object? value = row;
        foreach (var place in Places!)
        {
            value = (value as object?[])?[place];
        }

        return value;
    }

    private static IEnumerable<ModelColumn> Within(IReadOnlyList<NestedField> fields, string prefix, IReadOnlyList<int>? places, bool isInKey) => fields.SelectMany((field, i) =>
        SelfAndBelow(new ModelColumn(field, prefix + field.Name, fields, places is null ? null : [.. places, i]) { IsInKey = isInKey }));

    private static IEnumerable<ModelColumn> SelfAndBelow(ModelColumn column) => (column.Field.Type switch
    {
        StructType s => Within(s.Fields, column.Path + ".", column.Places, column.IsInKey),
        ListType l => Inner(column, l.ElementId, "element", l.Element, l.ElementRequired, column.IsInKey),
        MapType m => Inner(column, m.KeyId, "key", m.Key, true, true).Concat(Inner(column, m.ValueId, "value", m.Value, m.ValueRequired, column.IsInKey)),
        _ => [],
    }).Prepend(column);

    private static IEnumerable<ModelColumn> Inner(ModelColumn holder, int id, string name, IcebergType type, bool required, bool isInKey) =>
        SelfAndBelow(new ModelColumn(new NestedField(id, name, type, required), $"{holder.Path}.{name}", null, null) { IsInKey = isInKey });
}
