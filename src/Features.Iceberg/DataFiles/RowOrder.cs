using Apache.Arrow;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>A sort order bound to a schema ("Sorting"): transformed values compared, nulls first or last whichever the direction, NaN after every number.</summary>
internal sealed class RowOrder
{
    private readonly (SortField Field, FieldPath Path, PrimitiveType Result)[] fields;

    private RowOrder(SortOrder order, (SortField Field, FieldPath Path, PrimitiveType Result)[] fields)
    {
        Order = order;
        this.fields = fields;
    }

    /// <summary>The order that is followed.</summary>
    public SortOrder Order { get; }

    /// <summary>True if rows may stand anyhow.</summary>
    public bool IsUnsorted => fields.Length == 0;

    /// <summary>Binds an order. One that cannot be followed (an unknown transform, a column that is gone or lies within a list or map) becomes <see cref="SortOrder.Unsorted"/>: to sort is a kindness to readers, never a duty.</summary>
    public static RowOrder Of(SortOrder order, Schema schema)
    {
        var fields = new List<(SortField, FieldPath, PrimitiveType)>();
        foreach (var field in order.Fields)
        {
            if (field.Transform.Kind == TransformKind.Unknown || FieldPath.Find(schema.Fields, field.SourceId) is not { Column.Type: PrimitiveType type } path)
            {
                return new RowOrder(SortOrder.Unsorted, []);
            }

            fields.Add((field, path, field.Transform.ResultType(type)));
        }

        return new RowOrder(order, [.. fields]);
    }

    /// <summary>The sort keys of a batch's rows; its columns are the schema's.</summary>
    public Keys Of(RecordBatch batch) => new(System.Array.ConvertAll(fields, f => SortKey.Of(f.Field, f.Path, f.Result, batch)));

    /// <summary>Orders two rows by their key values, as <see cref="Keys.At"/> gives them.</summary>
    public int Compare(object?[] left, object?[] right)
    {
        for (var i = 0; i < fields.Length; i++)
        {
            var (field, _, type) = fields[i];
            var (a, b) = (left[i], right[i]);
            var result = a is null || b is null
                ? (a is null, b is null) is (true, true) ? 0 : a is null == field.NullsFirst ? -1 : 1
                : SingleValue.Compare(a, b, type) is var ascending && field.Descending ? -ascending : ascending;
            if (result != 0)
            {
                return result;
            }
        }

        return 0;
    }

    /// <summary>The sort keys of one batch.</summary>
    internal sealed class Keys(SortKey[] keys)
    {
        /// <summary>Orders two rows of the batch.</summary>
        public int Compare(int left, int right)
        {
            foreach (var key in keys)
            {
                var result = key.Compare(left, right);
                if (result != 0)
                {
                    return result;
                }
            }

            return 0;
        }

        /// <summary>A row's key values, for a comparison with rows of another batch.</summary>
        public object?[] At(int row) => System.Array.ConvertAll(keys, k => k.At(row));

        /// <summary>Sorts rows, equal ones as they stood.</summary>
        public void Sort(Span<int> rows) => rows.Sort((a, b) => Compare(a, b) is var order && order != 0 ? order : a.CompareTo(b));

        /// <summary>True if the half-open range of rows is in order.</summary>
        public bool AreSorted(int start, int end)
        {
            for (var row = start + 1; row < end; row++)
            {
                if (Compare(row - 1, row) > 0)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
