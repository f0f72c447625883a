namespace Features.Iceberg.Spec;

/// <summary>The fields of a schema by dotted path (<c>a.b</c>; <c>element</c>, <c>key</c> and <c>value</c> within lists and maps, where <c>element</c> and <c>value</c> may be left out before a struct's field).</summary>
internal sealed class SchemaPaths
{
    private readonly Dictionary<string, List<int>> byPath;
    private readonly Dictionary<int, NestedField> byId = [];
    private readonly Dictionary<int, int?> parents = [];
    private readonly Dictionary<int, string> paths = [];

    public SchemaPaths(Schema schema, bool caseSensitive = true)
    {
        byPath = new(caseSensitive ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        Add(schema.Fields, null, [""]);
    }

    /// <summary>The whole path of a field; null if there is none of this id.</summary>
    public string? PathOf(int id) => paths.GetValueOrDefault(id);

    /// <summary>The field of an id.</summary>
    public NestedField Field(int id) => byId[id];

    /// <summary>Whether a field of this id stands.</summary>
    public bool Has(int id) => byId.ContainsKey(id);

    /// <summary>The field that holds another (a list or map for its element, key or value); null at the top.</summary>
    public int? ParentOf(int id) => parents[id];

    /// <summary>The field at a path, or null.</summary>
    /// <exception cref="InvalidTableArgumentException">The path may mean several fields.</exception>
    public NestedField? Find(string path) => byPath.GetValueOrDefault(path) switch
    {
        null => null,
        [var id] => byId[id],
        var several => throw new InvalidTableArgumentException($"'{path}' may mean {string.Join(" or ", several.Select(i => $"'{paths[i]}' (field {i})"))}; rename one of them first"),
    };

    private void Add(IReadOnlyList<NestedField> fields, int? parent, IReadOnlyList<string> prefixes)
    {
        foreach (var field in fields)
        {
            Add(field, parent, [.. prefixes.Select(p => p + field.Name)]);
        }
    }

    private void Add(NestedField field, int? parent, List<string> names)
    {
        byId[field.Id] = field;
        parents[field.Id] = parent;
        paths[field.Id] = names[0];
        foreach (var name in names)
        {
            if (!byPath.TryGetValue(name, out var ids))
            {
                byPath[name] = ids = [];
            }

            // A field in its own right comes before one that only a shortened path leads to.
            if (name == names[0])
            {
                ids.RemoveAll(id => paths[id] != name);
                ids.Add(field.Id);
            }
            else if (ids.Count == 0 || ids.TrueForAll(id => paths[id] != name))
            {
                ids.Add(field.Id);
            }
        }

        switch (field.Type)
        {
            case StructType s:
                Add(s.Fields, field.Id, [.. names.Select(n => n + ".")]);
                break;
            case ListType l:
                AddInner(new NestedField(l.ElementId, "element", l.Element, l.ElementRequired), field.Id, names, isShort: true);
                break;
            case MapType m:
                AddInner(new NestedField(m.KeyId, "key", m.Key, true), field.Id, names, isShort: false);
                AddInner(new NestedField(m.ValueId, "value", m.Value, m.ValueRequired), field.Id, names, isShort: true);
                break;
        }
    }

    private void AddInner(NestedField inner, int parent, List<string> names, bool isShort)
    {
        var whole = names.Select(n => $"{n}.{inner.Name}").ToList();
        Add(inner with { Type = inner.Type is StructType ? new StructType([]) : inner.Type }, parent, whole);
        byId[inner.Id] = inner;
        if (inner.Type is StructType s)
        {
            Add(s.Fields, inner.Id, [.. whole.Select(n => n + "."), .. isShort ? names.Select(n => n + ".") : []]);
        }
    }
}
