using Features.Iceberg.Spec;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>Rows in memory, and how they follow a schema: by field id, what is new is null, what is gone is gone, what is wider is the same value.</summary>
internal static class ModelRows
{
    public static List<object?[]> Convert(IEnumerable<object?[]> rows, Schema from, Schema to) => [.. rows.Select(r => Struct(r, from.Fields, to.Fields))];

    /// <summary>The rows as a multiset that can be compared.</summary>
    public static List<string> Lines(IEnumerable<object?[]> rows) => [.. rows.Select(r => Rows.Text(r)).Order(StringComparer.Ordinal)];

    private static object?[] Struct(object?[] values, IReadOnlyList<NestedField> from, IReadOnlyList<NestedField> to) => [.. to.Select(field =>
    {
        var place = from.ToList().FindIndex(f => f.Id == field.Id);
        return place < 0 ? null : Value(values[place], from[place].Type, field.Type);
    })];

    private static object? Value(object? value, IcebergType from, IcebergType to) => (value, from, to) switch
    {
        (null, _, _) => null,
        (object?[] s, StructType a, StructType b) => Struct(s, a.Fields, b.Fields),
        (List<object?> items, ListType a, ListType b) => items.ConvertAll(i => Value(i, a.Element, b.Element)),
        (List<KeyValuePair<object, object?>> pairs, MapType a, MapType b) => pairs.ConvertAll(p => new KeyValuePair<object, object?>(p.Key, Value(p.Value, a.Value, b.Value))),
        (int i, _, PrimitiveType { Kind: PrimitiveKind.Long }) => (long)i,
        (float f, _, PrimitiveType { Kind: PrimitiveKind.Double }) => (double)f,
        _ => value,
    };
}
