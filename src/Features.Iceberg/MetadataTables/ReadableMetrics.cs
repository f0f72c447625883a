using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using static Features.Iceberg.MetadataTables.MetadataField;

namespace Features.Iceberg.MetadataTables;

/// <summary>A file's metrics by column name, bounds in the columns' own types: one struct for each primitive column at any depth, by its full name, sorted.</summary>
internal sealed class ReadableMetrics
{
    private readonly (int Id, PrimitiveType Type)[] columns;

    /// <param name="schema">The table's schema.</param>
    /// <param name="lastId">The highest field id in use beside this column; its own follow.</param>
    public ReadableMetrics(Schema schema, int lastId)
    {
        // Values of the other types have no bounds that a column could hold.
        var leaves = schema.Fields.SelectMany(f => Leaves(f, f.Name)).Where(l => l.Type.Kind is not (PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography or PrimitiveKind.Unknown))
            .OrderBy(l => l.Name, StringComparer.Ordinal).ToArray();
        columns = [.. leaves.Select(l => (l.Id, l.Type))];
        var id = lastId + 1;
        var field = id;
        Field = Optional(field, "readable_metrics", new StructType([.. leaves.Select(leaf => Optional(++id, leaf.Name, new StructType(
        [
            Optional(++id, "column_size", Long),
            Optional(++id, "value_count", Long),
            Optional(++id, "null_value_count", Long),
            Optional(++id, "nan_value_count", Long),
            Optional(++id, "lower_bound", leaf.Type),
            Optional(++id, "upper_bound", leaf.Type),
        ])))]));
    }

    public NestedField Field { get; }

    public object?[] Of(DataFile file) =>
    [
        .. columns.Select(c => new object?[]
        {
            Count(file.ColumnSizes, c.Id),
            Count(file.ValueCounts, c.Id),
            Count(file.NullValueCounts, c.Id),
            Count(file.NanValueCounts, c.Id),
            file.LowerBounds?.GetValueOrDefault(c.Id) is { } lower ? Bound(lower, c.Type) : null,
            file.UpperBounds?.GetValueOrDefault(c.Id) is { } upper ? Bound(upper, c.Type) : null,
        }),
    ];

    /// <summary>A bound's value; null where its bytes are none of the type's, which pruning takes for no bound too.</summary>
    public static object? Bound(byte[] bytes, IcebergType type)
    {
        try
        {
            return type is PrimitiveType primitive ? SingleValue.FromBinary(bytes, primitive) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static long? Count(IReadOnlyDictionary<int, long>? counts, int id) => counts is not null && counts.TryGetValue(id, out var count) ? count : null;

    private static IEnumerable<(int Id, string Name, PrimitiveType Type)> Leaves(NestedField field, string path) => field.Type switch
    {
        PrimitiveType primitive => [(field.Id, path, primitive)],
        StructType s => s.Fields.SelectMany(f => Leaves(f, $"{path}.{f.Name}")),
        ListType l => Leaves(new NestedField(l.ElementId, "element", l.Element, l.ElementRequired), $"{path}.element"),
        MapType m => [.. Leaves(new NestedField(m.KeyId, "key", m.Key, true), $"{path}.key"), .. Leaves(new NestedField(m.ValueId, "value", m.Value, m.ValueRequired), $"{path}.value")],
        _ => [],
    };
}
