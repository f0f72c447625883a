using System.Buffers.Binary;
using Apache.Arrow;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>One sort field's transformed values of a batch.</summary>
internal abstract class SortKey(SortField field)
{
    /// <summary>Chooses the form that compares without a box for each value, where the type has one.</summary>
    public static SortKey Of(SortField field, FieldPath path, PrimitiveType result, RecordBatch batch)
    {
        var columns = path.Arrays(batch);
        if (field.Transform.Kind == TransformKind.Identity && columns[^1] is BinaryArray bytes)
        {
            // The order of UTF-8 bytes is the order of code points.
            return new OfBytes(field, path, columns, bytes);
        }

        var values = new object?[batch.Length];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = field.Transform.Apply(path.At(columns, row), (PrimitiveType)path.Column.Type);
        }

        return result.Kind switch
        {
            PrimitiveKind.Int or PrimitiveKind.Date => new OfValues<int>(field, values),
            PrimitiveKind.Long or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => new OfValues<long>(field, values),
            _ => new OfObjects(field, values, result),
        };
    }

    /// <summary>The key of a row; null for null.</summary>
    public abstract object? At(int row);

    /// <summary>Orders two rows by this key.</summary>
    public int Compare(int left, int right)
    {
        var (leftIsNull, rightIsNull) = (IsNull(left), IsNull(right));
        if (leftIsNull || rightIsNull)
        {
            return leftIsNull && rightIsNull ? 0 : leftIsNull == field.NullsFirst ? -1 : 1;
        }

        var ascending = CompareValues(left, right);
        return field.Descending ? -ascending : ascending;
    }

    protected abstract bool IsNull(int row);

    protected abstract int CompareValues(int left, int right);

    private sealed class OfBytes : SortKey
    {
        private readonly FieldPath path;
        private readonly IArrowArray[] columns;
        private readonly BinaryArray bytes;
        private readonly bool[] nulls;

        // The first eight bytes decide most comparisons without a look at the rest.
        private readonly ulong[] prefixes;

        public OfBytes(SortField field, FieldPath path, IArrowArray[] columns, BinaryArray bytes)
            : base(field)
        {
            (this.path, this.columns, this.bytes) = (path, columns, bytes);
            (nulls, prefixes) = (new bool[bytes.Length], new ulong[bytes.Length]);
            Span<byte> prefix = stackalloc byte[sizeof(ulong)];
            for (var row = 0; row < bytes.Length; row++)
            {
                nulls[row] = System.Array.Exists(columns, c => c.IsNull(row));
                if (!nulls[row])
                {
                    var value = bytes.GetBytes(row);
                    prefix.Clear();
                    value[..Math.Min(value.Length, prefix.Length)].CopyTo(prefix);
                    prefixes[row] = BinaryPrimitives.ReadUInt64BigEndian(prefix);
                }
            }
        }

        public override object? At(int row) => path.At(columns, row);

        protected override bool IsNull(int row) => nulls[row];

        protected override int CompareValues(int left, int right) => prefixes[left] != prefixes[right]
            ? prefixes[left].CompareTo(prefixes[right])
            : Math.Sign(bytes.GetBytes(left).SequenceCompareTo(bytes.GetBytes(right)));
    }

    private sealed class OfValues<T> : SortKey
        where T : struct, IComparable<T>
    {
        private readonly T[] values;
        private readonly bool[] nulls;

        public OfValues(SortField field, object?[] boxed)
            : base(field)
        {
            values = System.Array.ConvertAll(boxed, v => v is T value ? value : default);
            nulls = System.Array.ConvertAll(boxed, v => v is null);
        }

        public override object? At(int row) => nulls[row] ? null : values[row];

        protected override bool IsNull(int row) => nulls[row];

        protected override int CompareValues(int left, int right) => values[left].CompareTo(values[right]);
    }

    private sealed class OfObjects(SortField field, object?[] values, PrimitiveType type) : SortKey(field)
    {
        public override object? At(int row) => values[row];

        protected override bool IsNull(int row) => values[row] is null;

        protected override int CompareValues(int left, int right) => SingleValue.Compare(values[left]!, values[right]!, type);
    }
}
