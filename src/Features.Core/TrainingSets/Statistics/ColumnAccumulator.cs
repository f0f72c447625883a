using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>Counts one column. Values come one by one, in the rows' order, so that how they were batched does not matter.</summary>
internal abstract class ColumnAccumulator(string name, ColumnKind kind)
{
    private long rows;
    private long nulls;

    public static ColumnAccumulator Of(Field field) => Storage(field.DataType) switch
    {
        StringType or LargeStringType or StringViewType => new BytesAccumulator(field.Name, ColumnKind.Text),
        BinaryType or LargeBinaryType or BinaryViewType or FixedSizeBinaryType and not (Decimal32Type or Decimal64Type or Decimal128Type or Decimal256Type) => new BytesAccumulator(field.Name, ColumnKind.Binary),
        var type when OrderedType.Of(type) is { } ordered => new OrderedAccumulator(field.Name, ordered),
        _ => new RowsAccumulator(field.Name),
    };

    /// <summary>Counts these rows of an array.</summary>
    public void Append(IArrowArray array, ReadOnlySpan<int> selected)
    {
        rows += selected.Length;
        Select(array, selected);
    }

    public ColumnStatistics Finish() => Describe(new ColumnStatistics { Name = name, Kind = kind, Rows = rows, Nulls = nulls });

    /// <summary>Counts rows that are not null.</summary>
    protected abstract void AppendValues(IArrowArray array, ReadOnlySpan<int> valid);

    /// <summary>Adds what is known of the values.</summary>
    protected abstract ColumnStatistics Describe(ColumnStatistics counted);

    private static IArrowType Storage(IArrowType type) => type switch
    {
        DictionaryType d => Storage(d.ValueType),
        ExtensionType e => Storage(e.StorageType),
        _ => type,
    };

    /// <summary>Keeps the rows with a value; of a dictionary's they become the values' places in it.</summary>
    private void Select(IArrowArray array, ReadOnlySpan<int> selected)
    {
        var valid = new int[selected.Length];
        var count = 0;
        if (array is not NullArray)
        {
            foreach (var row in selected)
            {
                if (!array.IsNull(row))
                {
                    valid[count++] = row;
                }
            }
        }

        nulls += selected.Length - count;
        switch (array)
        {
            case ExtensionArray extension:
                Select(extension.Storage, valid.AsSpan(0, count));
                break;
            case DictionaryArray dictionary:
                var places = OrderedType.Of(dictionary.Indices.Data.DataType)!.Cells(dictionary.Indices);
                Select(dictionary.Dictionary, System.Array.ConvertAll(valid[..count], row => (int)places(row)));
                break;
            default:
                AppendValues(array, valid.AsSpan(0, count));
                break;
        }
    }
}
