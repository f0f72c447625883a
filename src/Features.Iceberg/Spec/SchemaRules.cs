namespace Features.Iceberg.Spec;

/// <summary>What must hold within a schema ("Schemas", "Identifier Field IDs").</summary>
internal static class SchemaRules
{
    /// <summary>Everything that does not hold.</summary>
    public static IEnumerable<string> Faults(Schema schema, bool caseSensitive = true)
    {
        var paths = new SchemaPaths(schema);
        return
        [
            .. DoubledNames(schema.Fields, "", caseSensitive ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase),
            .. schema.IdentifierFieldIds.Select(id => IdentifierFault(paths, id)).OfType<string>(),
        ];
    }

    private static IEnumerable<string> DoubledNames(IReadOnlyList<NestedField> fields, string prefix, StringComparer comparer) =>
        fields.GroupBy(f => f.Name, comparer).Where(g => g.Count() > 1).Select(g => $"two columns are named '{prefix}{g.Key}'")
            .Concat(fields.SelectMany(f => StructsIn(f.Type, prefix + f.Name).SelectMany(s => DoubledNames(s.Fields, s.Prefix, comparer))));

    private static IEnumerable<(IReadOnlyList<NestedField> Fields, string Prefix)> StructsIn(IcebergType type, string path) => type switch
    {
        StructType s => [(s.Fields, path + ".")],
        ListType l => StructsIn(l.Element, path + ".element"),
        MapType m => StructsIn(m.Key, path + ".key").Concat(StructsIn(m.Value, path + ".value")),
        _ => [],
    };

    private static string? IdentifierFault(SchemaPaths paths, int id)
    {
        if (!paths.Has(id))
        {
            return $"identifier field {id} would be gone; set other identifier fields first";
        }

        var (field, path) = (paths.Field(id), paths.PathOf(id));
        if (field.Type is not PrimitiveType { Kind: not (PrimitiveKind.Float or PrimitiveKind.Double) } || !field.Required)
        {
            return $"identifier field '{path}' must be a required column of a primitive type other than float and double";
        }

        for (var parent = paths.ParentOf(id); parent is { } current; parent = paths.ParentOf(current))
        {
            if (paths.Field(current) is not { Type: StructType, Required: true })
            {
                return $"identifier field '{path}' lies in '{paths.PathOf(current)}', which is no required struct";
            }
        }

        return null;
    }
}
