using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime.Columns;

/// <summary>Booleans.</summary>
internal sealed class BooleanStore(IArrowType type) : ValueStore(type)
{
    private readonly Chunked<bool> values = new();

    public override int Count => values.Count;

    public override long Bytes => values.Bytes;

    public override bool IsNull(int row) => values.IsNull(row);

    public override void Append(IArrowArray array, ReadOnlySpan<int> rows)
    {
        var booleans = (BooleanArray)array;
        foreach (var row in rows)
        {
            if (booleans.GetValue(row) is { } value)
            {
                values.Add(value);
            }
            else
            {
                values.AddNull();
            }
        }
    }

    public override ArrayData TakeData(ReadOnlySpan<int> rows)
    {
        var bits = new byte[(rows.Length + 7) / 8];
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] >= 0 && values[rows[i]])
            {
                bits[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        return new ArrayData(Type, rows.Length, Nulls(rows, out var validity), 0, [validity, new ArrowBuffer(bits)]);
    }

    public override void Clear() => values.Clear();

    private int Nulls(ReadOnlySpan<int> rows, out ArrowBuffer validity)
    {
        validity = Validity(rows, out var nulls);
        return nulls;
    }
}
