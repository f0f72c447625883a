using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>
/// Where a projected top-level column's values come from in one data file, the same for every adapter: the file's own value where it has the column and is not null, else <see cref="Otherwise"/>
/// (plus the row's position where <see cref="AddsPosition"/>).
/// </summary>
/// <param name="IsInFile">The file's own column is read.</param>
/// <param name="Otherwise">The value of rows to which the file gives none, as <see cref="SingleValue"/> represents it; null for null.</param>
/// <param name="AddsPosition">The row's position in the file, from 0, is added to <paramref name="Otherwise"/>, which is a long.</param>
public readonly record struct ColumnSource(bool IsInFile, object? Otherwise, bool AddsPosition)
{
    /// <summary>The source of a column by "Column Projection", "Reserved Field IDs" and "Row Lineage".</summary>
    /// <param name="field">The projected column: the table's or one of <see cref="MetadataColumns"/>.</param>
    /// <param name="task">The file.</param>
    /// <param name="isInFile">The file has a column with the field's id.</param>
    /// <exception cref="InvalidFileException">The column is required and there is no value for it.</exception>
    public static ColumnSource Of(NestedField field, FileScanTask task, bool isInFile)
    {
        if (field.Id == MetadataColumns.File.Id)
        {
            return new(false, task.File.FilePath, false);
        }

        if (field.Id == MetadataColumns.Position.Id)
        {
            return new(false, 0L, true);
        }

        if (field.Id == MetadataColumns.SpecId.Id)
        {
            return new(false, task.Spec.SpecId, false);
        }

        if (field.Id == MetadataColumns.PartitionId)
        {
            return new(false, task.Spec.Fields.Zip(task.File.Partition).ToDictionary(p => p.First.FieldId, p => p.Second), false);
        }

        if (field.Id == MetadataColumns.RowId.Id || field.Id == MetadataColumns.LastUpdatedSequenceNumber.Id)
        {
            // Values that a file without a first row id has were not assigned by this table.
            return task.File.FirstRowId is not { } first ? new(false, null, false)
                : field.Id == MetadataColumns.RowId.Id ? new(isInFile, first, true)
                : new(isInFile, task.DataSequenceNumber, false);
        }

        return isInFile ? new(true, null, false) : Absent(field, task);
    }

    private static ColumnSource Absent(NestedField field, FileScanTask task)
    {
        for (var i = 0; i < task.Spec.Fields.Count && i < task.File.Partition.Count; i++)
        {
            // Files migrated from Hive leave partition columns out; only the manifest has their value.
            if (task.Spec.Fields[i] is { Transform.Kind: TransformKind.Identity } identity && identity.SourceId == field.Id)
            {
                return PartitionValue.TryAs(task.File.Partition[i], (PrimitiveType)field.Type, out var value)
                    ? new(false, value, false)
                    : throw new InvalidFileException(task.Location, $"column '{field.Name}' (id {field.Id}) is not in the file, and its partition value '{task.File.Partition[i]}' is no {SchemaJson.NameOf(field.Type)}");
            }
        }

        return field.Required && field.InitialDefault is null
            ? throw new InvalidFileException(task.Location, $"column '{field.Name}' (id {field.Id}) is required, has no default and is not in the file")
            : new(false, field.InitialDefault, false);
    }
}
