using Apache.Arrow;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>Where a column lies that has one value a row: at the top, or within structs.</summary>
/// <param name="Indices">The place among the top-level columns, then within each struct.</param>
/// <param name="Fields">The fields on the way, the column itself last.</param>
internal sealed record FieldPath(IReadOnlyList<int> Indices, IReadOnlyList<NestedField> Fields)
{
    /// <summary>The column itself.</summary>
    public NestedField Column => Fields[^1];

    /// <summary>True within a struct.</summary>
    public bool IsNested => Fields.Count > 1;

    /// <summary>The path to a column by id; null if there is none, or it is within a list or map.</summary>
    public static FieldPath? Find(IReadOnlyList<NestedField> fields, int id)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Id == id)
            {
                return new([i], [fields[i]]);
            }

            if (fields[i].Type is StructType s && Find(s.Fields, id) is { } below)
            {
                return new([i, .. below.Indices], [fields[i], .. below.Fields]);
            }
        }

        return null;
    }

    /// <summary>The path to a column by its name; within structs the names are joined by dots. Null if there is none.</summary>
    public static FieldPath? Find(IReadOnlyList<NestedField> fields, string name)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Name == name)
            {
                return new([i], [fields[i]]);
            }
        }

        for (var i = 0; i < fields.Count; i++)
        {
            var own = fields[i].Name;
            if (fields[i].Type is StructType s && name.Length > own.Length && name[own.Length] == '.' && name.StartsWith(own, StringComparison.Ordinal)
                && Find(s.Fields, name[(own.Length + 1)..]) is { } below)
            {
                return new([i, .. below.Indices], [fields[i], .. below.Fields]);
            }
        }

        return null;
    }

    /// <summary>The top-level field left with nothing but this column; optional all the way, as a file may lack it.</summary>
    public NestedField Only()
    {
        var field = Column with { Required = false };
        for (var i = Fields.Count - 2; i >= 0; i--)
        {
            field = Fields[i] with { Type = new StructType([field]), Required = false, InitialDefault = null, WriteDefault = null };
        }

        return field;
    }

    /// <summary>The batch's structs on the way and then the column: a value within a null struct is null.</summary>
    public IArrowArray[] Arrays(RecordBatch batch)
    {
        var arrays = new IArrowArray[Indices.Count];
        arrays[0] = batch.Column(Indices[0]);
        for (var i = 1; i < arrays.Length; i++)
        {
            arrays[i] = ((StructArray)arrays[i - 1]).Fields[Indices[i]];
        }

        return arrays;
    }

    /// <summary>The value of a row of these arrays, as <see cref="SingleValue"/> represents it; the column must be primitive.</summary>
    public object? At(IArrowArray[] arrays, int row)
    {
        foreach (var array in arrays)
        {
            if (array.IsNull(row))
            {
                return null;
            }
        }

        return ArrowValues.At(arrays[^1], row, (PrimitiveType)Column.Type);
    }
}
