using Apache.Arrow;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>The way to a column that has one value a row: a top-level column, or a field of structs within structs.</summary>
internal sealed class ColumnPath
{
    private readonly FieldPath path;

    private ColumnPath(FieldPath path, PrimitiveType type)
    {
        this.path = path;
        Type = type;
    }

    /// <summary>The column's type.</summary>
    public PrimitiveType Type { get; }

    /// <summary>The way to a field; null if the schema lacks it, it is not primitive, or it lies within a list or map.</summary>
    public static ColumnPath? To(int fieldId, Schema schema) =>
        FieldPath.Find(schema.Fields, fieldId) is { Column.Type: PrimitiveType type } path ? new ColumnPath(path, type) : null;

    /// <inheritdoc cref="FieldPath.Arrays"/>
    public IArrowArray[] In(RecordBatch batch) => path.Arrays(batch);

    /// <summary>The value of a row, as <see cref="SingleValue"/> represents it.</summary>
    public object? At(IArrowArray[] columns, int row)
    {
        foreach (var column in columns)
        {
            if (column.IsNull(row))
            {
                return null;
            }
        }

        return ArrowValues.At(columns[^1], row, Type);
    }
}
