using Apache.Arrow;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>The way to a column that has one value a row: a top-level column, or a field of structs within structs.</summary>
internal sealed class ColumnPath
{
    private readonly int[] places;

    private ColumnPath(int[] places, PrimitiveType type)
    {
        this.places = places;
        Type = type;
    }

    /// <summary>The column's type.</summary>
    public PrimitiveType Type { get; }

    /// <summary>The way to a field; null if the schema lacks it, it is not primitive, or it lies within a list or map.</summary>
    public static ColumnPath? To(int fieldId, Schema schema) =>
        schema.FindNested(fieldId)?.Type is PrimitiveType type && PlacesOf(fieldId, schema.Fields) is { } places ? new ColumnPath(places, type) : null;

    /// <summary>The structs on the way and then the column: a value within a null struct is null. The batch's columns are the schema's.</summary>
    public IArrowArray[] In(RecordBatch batch)
    {
        var columns = new IArrowArray[places.Length];
        columns[0] = batch.Column(places[0]);
        for (var i = 1; i < places.Length; i++)
        {
            columns[i] = ((StructArray)columns[i - 1]).Fields[places[i]];
        }

        return columns;
    }

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

    private static int[]? PlacesOf(int id, IReadOnlyList<NestedField> within)
    {
        for (var i = 0; i < within.Count; i++)
        {
            if (within[i].Id == id)
            {
                return [i];
            }

            if (within[i].Type is StructType s && PlacesOf(id, s.Fields) is { } rest)
            {
                return [i, .. rest];
            }
        }

        return null;
    }
}
