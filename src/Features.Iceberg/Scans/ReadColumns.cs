using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>The columns to read of a data file: those asked for, then those that deletes and filters need besides.</summary>
internal sealed class ReadColumns(Schema projection)
{
    private readonly List<NestedField> extra = [];

    /// <summary>All columns to read.</summary>
    public Schema Schema => projection with { Fields = [.. projection.Fields, .. extra.Select(Renamed)] };

    /// <summary>Adds what has one value a row, unless it is read already.</summary>
    public void Need(FieldPath column)
    {
        if (FieldPath.Find(projection.Fields, column.Column.Id) is { } asked && asked.Column.Type == column.Column.Type)
        {
            return;
        }

        var only = column.Only();
        if (MetadataColumns.IsReserved(only.Id))
        {
            only = column.Column;
        }

        var at = extra.FindIndex(f => f.Id == only.Id);
        if (at < 0)
        {
            extra.Add(only);
        }
        else
        {
            extra[at] = EqualityKey.Merge(extra[at], only);
        }
    }

    /// <summary>Where a column of a type is among all columns to read.</summary>
    public static FieldPath PathTo(Schema read, FieldPath column)
    {
        // A column that was asked for with another type stands before the one that is needed.
        for (var i = 0; i < read.Fields.Count; i++)
        {
            if (FieldPath.Find([read.Fields[i]], column.Column.Id) is { } path && path.Column.Type == column.Column.Type)
            {
                return path with { Indices = [i, .. path.Indices.Skip(1)] };
            }
        }

        throw new InvalidTableArgumentException($"column '{column.Column.Name}' (id {column.Column.Id}) is needed and not read");
    }

    // Names may have been given to other columns since.
    private static NestedField Renamed(NestedField field) => field with { Name = $"_needed_{field.Id}" };
}
