using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Deletes;

/// <summary>The columns that an equality delete compares, found by id in all schemas of the table: a column may have been dropped since, or renamed and widened.</summary>
internal static class EqualityKey
{
    /// <summary>The columns by ascending id; see <see cref="Scans.PlannedDelete.Key"/>.</summary>
    /// <exception cref="InvalidFileException">The file names no columns, or one that no schema of the table has, or one that has not one value a row.</exception>
    public static Schema Of(DataFile delete, TableMetadata metadata)
    {
        if (delete.EqualityIds is not { Count: > 0 } ids)
        {
            throw new InvalidFileException(delete.FilePath, "its manifest does not say which columns this equality delete compares");
        }

        var fields = new SortedDictionary<int, NestedField>();
        foreach (var id in ids.Distinct())
        {
            // Types only ever widen, so that the newest holds the values of all.
            var path = metadata.Schemas.OrderByDescending(s => s.SchemaId == metadata.CurrentSchemaId).ThenByDescending(s => s.SchemaId)
                .Select(s => FieldPath.Find(s.Fields, id)).FirstOrDefault(p => p is not null);
            if (path?.Column.Type is not PrimitiveType)
            {
                throw new InvalidFileException(
                    delete.FilePath, $"this equality delete compares column {id}, which {(path is null ? "no schema of the table has outside lists and maps" : $"is the nested column '{path.Column.Name}'")}");
            }

            var only = path.Only();
            fields[only.Id] = fields.TryGetValue(only.Id, out var held) ? Merge(held, only) : only;
        }

        return new Schema(metadata.CurrentSchemaId, [.. fields.Values], []);
    }

    /// <summary>The columns of both, which are parts of the same struct.</summary>
    public static NestedField Merge(NestedField left, NestedField right)
    {
        if (left.Type is not StructType a || right.Type is not StructType b)
        {
            return left;
        }

        var fields = a.Fields.ToDictionary(f => f.Id);
        foreach (var field in b.Fields)
        {
            fields[field.Id] = fields.TryGetValue(field.Id, out var held) ? Merge(held, field) : field;
        }

        return left with { Type = new StructType([.. fields.Values.OrderBy(f => f.Id)]) };
    }
}
