namespace Features.Iceberg.Spec;

/// <summary>What must hold within a partition spec.</summary>
internal static class PartitionSpecRules
{
    /// <summary>Everything that does not hold between the fields and a schema that has their source columns.</summary>
    public static IEnumerable<string> Faults(IReadOnlyList<PartitionField> fields, Schema schema) =>
    [
        .. fields.Where(f => f.Name.Length == 0).Select(f => $"the partition field of id {f.FieldId} needs a name"),
        .. fields.GroupBy(f => f.Name).Where(g => g.Count() > 1).Select(g => $"two partition fields are named '{g.Key}'"),
        .. fields.GroupBy(f => f.FieldId).Where(g => g.Count() > 1).Select(g => $"two partition fields have the id {g.Key}"),
        .. fields.Where(f => HidesColumn(f, schema)).Select(f => $"partition field '{f.Name}' has the name of a column; give it another"),
        .. fields.Where(IsOfTime).GroupBy(f => f.SourceId).Where(g => g.Count() > 1)
            .Select(g => $"partition fields {string.Join(" and ", g.Select(f => $"'{f.Name}'"))} are times of one column; the finest says all"),
    ];

    /// <summary>True if the field has the name of a column. The partition's value of an identity field is the column's own, and so may be its name.</summary>
    public static bool HidesColumn(PartitionField field, Schema schema) =>
        schema.Find(field.Name) is { } column && (field.Transform.Kind != TransformKind.Identity || column.Id != field.SourceId);

    private static bool IsOfTime(PartitionField field) => field.Transform.Kind is TransformKind.Year or TransformKind.Month or TransformKind.Day or TransformKind.Hour;
}
