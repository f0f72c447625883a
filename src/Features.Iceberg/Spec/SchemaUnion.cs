namespace Features.Iceberg.Spec;

/// <summary>The changes that let a schema hold the rows of another, matched by name: columns that it lacks are added, types widened, constraints loosened; nothing is dropped.</summary>
internal static class SchemaUnion
{
    /// <summary>Adds what is missing.</summary>
    /// <exception cref="InvalidTableArgumentException">A column has a type that the other's cannot be brought to.</exception>
    public static void Add(SchemaEvolution evolution, Schema schema, Schema other) => AddStruct(evolution, null, schema.Fields, other.Fields);

    private static void AddStruct(SchemaEvolution evolution, string? path, IReadOnlyList<NestedField> fields, IReadOnlyList<NestedField> others)
    {
        foreach (var other in others)
        {
            if (fields.FirstOrDefault(f => f.Name == other.Name) is { } field)
            {
                AddField(evolution, path is null ? field.Name : $"{path}.{field.Name}", field, other);
            }
            else
            {
                evolution.Add(path, other.Name, other.Type, other.Doc, required: false);
            }
        }
    }

    private static void AddField(SchemaEvolution evolution, string path, NestedField field, NestedField other)
    {
        if (field.Required && !other.Required)
        {
            evolution.SetRequired(path, required: false);
        }

        if (other.Doc is { } doc && doc != field.Doc)
        {
            evolution.SetDoc(path, doc);
        }

        switch (field.Type, other.Type)
        {
            case (PrimitiveType from, PrimitiveType to):
                // A column that is wider already holds the other's values.
                if (!TypePromotion.IsAllowed(to, from))
                {
                    evolution.Widen(path, to);
                }

                break;
            case (StructType a, StructType b):
                AddStruct(evolution, path, a.Fields, b.Fields);
                break;
            case (ListType a, ListType b):
                AddField(evolution, $"{path}.element", new(a.ElementId, "element", a.Element, a.ElementRequired), new(b.ElementId, "element", b.Element, b.ElementRequired));
                break;
            case (MapType a, MapType b):
                AddField(evolution, $"{path}.key", new(a.KeyId, "key", a.Key, true), new(b.KeyId, "key", b.Key, true));
                AddField(evolution, $"{path}.value", new(a.ValueId, "value", a.Value, a.ValueRequired), new(b.ValueId, "value", b.Value, b.ValueRequired));
                break;
            default:
                throw new InvalidTableArgumentException($"'{path}' is {SchemaJson.NameOf(field.Type)} and cannot become {SchemaJson.NameOf(other.Type)}; rename one of the two columns");
        }
    }
}
