namespace Features.Iceberg.Spec;

/// <summary>Field ids given out afresh, level by level: all fields of a struct first, then what lies within them, as the reference implementation gives them out.</summary>
/// <param name="last">The last id given out before; 0 for none.</param>
internal sealed class FreshIds(int last)
{
    private readonly Dictionary<int, int> renamed = [];
    private readonly HashSet<int> doubled = [];

    /// <summary>The last id given out.</summary>
    public int Last { get; private set; } = last;

    /// <summary>The new id of a field by its former one.</summary>
    /// <exception cref="InvalidTableArgumentException">No field had it.</exception>
    public int NewIdOf(int old) => renamed.TryGetValue(old, out var id)
        ? id
        : throw new InvalidTableArgumentException($"field id {old} is named by a partition, sort or identifier field, but is not in the schema");

    /// <summary>The former ids that stood more than once, so that they name no field.</summary>
    public IEnumerable<int> Doubled => doubled;

    /// <summary>A fresh id that no former one leads to.</summary>
    public int Next() => ++Last;

    /// <summary>The fields with fresh ids at every depth.</summary>
    public IReadOnlyList<NestedField> Assign(IReadOnlyList<NestedField> fields)
    {
        var ids = fields.Select(f => Next(f.Id)).ToArray();
        return [.. fields.Select((f, i) => f with { Id = ids[i], Type = Assign(f.Type) })];
    }

    /// <summary>The type with fresh ids at every depth.</summary>
    public IcebergType Assign(IcebergType type)
    {
        switch (type)
        {
            case StructType s:
                return new StructType(Assign(s.Fields));
            case ListType l:
                var element = Next(l.ElementId);
                return new ListType(element, Assign(l.Element), l.ElementRequired);
            case MapType m:
                var (key, value) = (Next(m.KeyId), Next(m.ValueId));
                return new MapType(key, Assign(m.Key), value, Assign(m.Value), m.ValueRequired);
            default:
                return type;
        }
    }

    private int Next(int old)
    {
        if (!renamed.TryAdd(old, ++Last))
        {
            doubled.Add(old);
        }

        return Last;
    }
}
