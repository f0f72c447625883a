namespace Features.Iceberg.Spec;

/// <summary>Changes of a schema, collected and then applied together ("Schema Evolution"). Paths name fields of the schema as it was, or fields that were added; every fault is an <see cref="InvalidTableArgumentException"/>.</summary>
internal sealed class SchemaEvolution(Schema schema, int lastColumnId, bool caseSensitive, bool allowIncompatible)
{
    private const int Root = 0;

    private readonly SchemaPaths paths = new(schema, caseSensitive);
    private readonly FreshIds ids = new(lastColumnId);
    private readonly HashSet<int> dropped = [];
    private readonly Dictionary<int, NestedField> updated = [];
    private readonly Dictionary<int, List<NestedField>> added = [];
    private readonly Dictionary<string, (int Id, int Parent)> addedPaths = new(caseSensitive ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
    private readonly List<(int Parent, int Field, Func<List<NestedField>, int> Place)> moves = [];
    private HashSet<int> identifiers = [.. schema.IdentifierFieldIds];

    /// <summary>The last field id given out.</summary>
    public int LastColumnId => ids.Last;

    /// <summary>The schema that the changes start from.</summary>
    public SchemaPaths Before => paths;

    public void Add(string? parent, string name, IcebergType type, string? doc, bool required)
    {
        var (parentId, prefix) = parent is null ? (Root, "") : StructAt(parent);
        var path = prefix + name;
        Refuse(name.Length == 0, "a column needs a name");
        Refuse(addedPaths.ContainsKey(path) || (Existing(prefix, name) is { } same && !dropped.Contains(same.Id)), $"column '{path}' exists already");
        Refuse(required && !allowIncompatible, $"column '{path}' cannot be required: the rows that stand have no value for it, and version 2 has no defaults; add it as optional");
        Refuse(TypePromotion.NotInVersion2(type) is not null, $"column '{path}' cannot be of type {TypePromotion.NotInVersion2(type)}, which version 2 does not have");
        var id = ids.Next();
        if (!added.TryGetValue(parentId, out var list))
        {
            added[parentId] = list = [];
        }

        list.Add(new NestedField(id, name, ids.Assign(type), required, doc));
        addedPaths[path] = (id, parentId);
    }

    public void Rename(string path, string name)
    {
        var field = Standing(path);
        Refuse(!IsInStruct(field.Id), $"'{path}' is an element, key or value, which has no name of its own");
        Refuse(name.Length == 0, $"'{path}' needs a name");
        updated[field.Id] = Latest(field) with { Name = name };
    }

    public void Drop(string path)
    {
        var field = Standing(path);
        Refuse(!IsInStruct(field.Id), $"'{path}' is an element, key or value and cannot be dropped; drop the column that holds it");
        Refuse(updated.ContainsKey(field.Id), $"'{path}' is changed and dropped at once");
        Refuse(Below(field.Id).Any(added.ContainsKey), $"'{path}' is dropped but gets new columns at once");
        dropped.Add(field.Id);
    }

    public void Widen(string path, PrimitiveType type)
    {
        var field = Standing(path);
        var isAllowed = Latest(field).Type is PrimitiveType from && TypePromotion.IsAllowed(from, type);
        Refuse(!isAllowed, $"'{path}' cannot become {SchemaJson.NameOf(type)} from {SchemaJson.NameOf(Latest(field).Type)}; only int to long, float to double, and decimal to more digits of the same scale are widenings");
        updated[field.Id] = Latest(field) with { Type = type };
    }

    public void SetRequired(string path, bool required)
    {
        var field = Standing(path);
        Refuse(required && !Latest(field).Required && !allowIncompatible, $"'{path}' cannot become required: rows that stand may have nulls; allow incompatible changes if they surely have none");
        updated[field.Id] = Latest(field) with { Required = required };
    }

    public void SetDoc(string path, string? doc)
    {
        var field = Standing(path);
        Refuse(!IsInStruct(field.Id), $"'{path}' is an element, key or value, which has no description of its own");
        updated[field.Id] = Latest(field) with { Doc = doc };
    }

    public void MoveFirst(string path)
    {
        var (id, parent) = Movable(path);
        moves.Add((parent, id, _ => 0));
    }

    public void MoveBeside(string path, string reference, bool isAfter)
    {
        var ((id, parent), (referenceId, referenceParent)) = (Movable(path), Movable(reference));
        Refuse(id == referenceId, $"'{path}' cannot be moved beside itself");
        Refuse(parent != referenceParent, $"'{path}' cannot be moved beside '{reference}', which lies in another struct");
        moves.Add((parent, id, fields => fields.FindIndex(f => f.Id == referenceId) is var at and >= 0 ? at + (isAfter ? 1 : 0) : -1));
    }

    public void SetIdentifierFields(IEnumerable<string> names) => identifiers = [.. names.Select(n => addedPaths.TryGetValue(n, out var fresh) ? fresh.Id : Standing(n).Id)];

    /// <summary>The schema with all changes, under the id of the one before.</summary>
    public Schema Apply()
    {
        var applied = schema with { Fields = Struct(Root, schema.Fields, "the table"), IdentifierFieldIds = [.. identifiers.Order()] };
        var faults = SchemaRules.Faults(applied, caseSensitive).ToList();
        return faults.Count == 0 ? applied : throw new InvalidTableArgumentException($"the schema cannot be changed like this: {string.Join("; ", faults)}");
    }

    private List<NestedField> Struct(int id, IReadOnlyList<NestedField> fields, string what)
    {
        var result = fields.Where(f => !dropped.Contains(f.Id)).Select(Rebuilt).Concat(added.GetValueOrDefault(id) ?? []).ToList();
        foreach (var (_, fieldId, place) in moves.Where(m => m.Parent == id))
        {
            var field = result.Find(f => f.Id == fieldId);
            Refuse(field is null, $"'{paths.PathOf(fieldId)}' is moved and dropped at once");
            result.Remove(field!);
            var index = place(result);
            Refuse(index < 0, $"'{field!.Name}' is moved beside a column that is dropped at once");
            result.Insert(index, field);
        }

        Refuse(result.Count == 0, $"{what} would have no column left");
        return result;
    }

    private NestedField Rebuilt(NestedField field) => Latest(field) with { Type = Rebuilt(field.Id, field.Type) };

    private IcebergType Rebuilt(int id, IcebergType type)
    {
        switch (type)
        {
            case StructType s:
                return new StructType(Struct(id, s.Fields, $"'{paths.PathOf(id)}'"));
            case ListType l:
                var element = Rebuilt(paths.Field(l.ElementId));
                return new ListType(l.ElementId, element.Type, element.Required);
            case MapType m:
                var isKeyChanged = Below(m.KeyId).Any(k => updated.ContainsKey(k) || dropped.Contains(k) || added.ContainsKey(k));
                Refuse(isKeyChanged, $"the keys of '{paths.PathOf(id)}' cannot be changed");
                var value = Rebuilt(paths.Field(m.ValueId));
                return new MapType(m.KeyId, m.Key, m.ValueId, value.Type, value.Required);
            default:
                return updated.TryGetValue(id, out var change) ? change.Type : type;
        }
    }

    private (int Id, string Prefix) StructAt(string path)
    {
        var field = Standing(path);
        // A column may be added to the struct that a list or map holds, by the name of the list or map.
        var holder = field.Type switch
        {
            ListType l => paths.Field(l.ElementId),
            MapType m => paths.Field(m.ValueId),
            _ => field,
        };
        Refuse(holder.Type is not StructType, $"'{path}' is {SchemaJson.NameOf(field.Type)}, which takes no columns");
        return (holder.Id, paths.PathOf(holder.Id) + ".");
    }

    private (int Id, int Parent) Movable(string path)
    {
        if (addedPaths.TryGetValue(path, out var fresh))
        {
            return fresh;
        }

        var field = Standing(path);
        Refuse(!IsInStruct(field.Id), $"'{path}' is an element, key or value and cannot be moved");
        return (field.Id, paths.ParentOf(field.Id) ?? Root);
    }

    private NestedField? Existing(string prefix, string name) => paths.Find(prefix + name);

    private NestedField Standing(string path)
    {
        var field = paths.Find(path);
        Refuse(field is null && addedPaths.ContainsKey(path), $"'{path}' is only being added; give it its final form there");
        Refuse(field is null, $"there is no column '{path}'; the columns are {string.Join(", ", schema.Fields.Select(f => f.Name))}");
        Refuse(Above(field!.Id).Any(dropped.Contains), $"'{path}' is dropped and changed at once");
        return field;
    }

    private NestedField Latest(NestedField field) => updated.GetValueOrDefault(field.Id) ?? field;

    private bool IsInStruct(int id) => paths.ParentOf(id) is not { } parent || paths.Field(parent).Type is StructType;

    private IEnumerable<int> Above(int id)
    {
        for (int? at = id; at is { } current; at = paths.ParentOf(current))
        {
            yield return current;
        }
    }

    private IEnumerable<int> Below(int id) => schema.AllFields().Select(f => f.Id).Where(f => Above(f).Contains(id));

    private static void Refuse(bool isFault, string message)
    {
        if (isFault)
        {
            throw new InvalidTableArgumentException(message);
        }
    }
}
