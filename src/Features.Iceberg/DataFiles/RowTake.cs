using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Iceberg.DataFiles;

/// <summary>Copies chosen rows of arrays of <see cref="ArrowSchema"/>'s types, in the order chosen; the copies own their memory.</summary>
internal static class RowTake
{
    /// <summary>The rows at the given places (from 0, in any order, also several times).</summary>
    public static RecordBatch Of(RecordBatch batch, ReadOnlySpan<int> rows)
    {
        var columns = new IArrowArray[batch.ColumnCount];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = Of(batch.Column(i), rows);
        }

        return new RecordBatch(batch.Schema, columns, rows.Length);
    }

    /// <inheritdoc cref="Of(RecordBatch, ReadOnlySpan{int})"/>
    public static IArrowArray Of(IArrowArray array, ReadOnlySpan<int> rows) => ArrowArrayFactory.BuildArray(Take(array.Data, rows));

    private static ArrayData Take(ArrayData data, ReadOnlySpan<int> rows)
    {
        switch (data.DataType)
        {
            case NullType:
                return new ArrayData(data.DataType, rows.Length, rows.Length, 0, [], null);
            case StructType:
                var within = new int[rows.Length];
                for (var i = 0; i < rows.Length; i++)
                {
                    within[i] = data.Offset + rows[i];
                }

                return WithChildren(data, rows, [], within);
            case MapType or ListType:
                return TakeLists(data, rows);
            case StringType or BinaryType:
                return TakeBytes(data, rows);
            case BooleanType:
                return Flat(data, rows, TakeBits(data.Buffers[1].Span, data.Offset, rows));
            case FixedWidthType fixedWidth:
                return Flat(data, rows, TakeFixed(data, rows, fixedWidth.BitWidth / 8));
            default:
                throw new InvalidTableArgumentException($"rows of an array of {data.DataType.Name} cannot be taken; cast it to a type that Iceberg has");
        }
    }

    private static ArrowBuffer TakeFixed(ArrayData data, ReadOnlySpan<int> rows, int width)
    {
        var source = data.Buffers[1].Span[(data.Offset * width)..];
        var target = new byte[rows.Length * width];
        switch (width)
        {
            case 4:
                CopyWords(MemoryMarshal.Cast<byte, int>(source), rows, MemoryMarshal.Cast<byte, int>(target.AsSpan()));
                break;
            case 8:
                CopyWords(MemoryMarshal.Cast<byte, long>(source), rows, MemoryMarshal.Cast<byte, long>(target.AsSpan()));
                break;
            default:
                for (var i = 0; i < rows.Length; i++)
                {
                    source.Slice(rows[i] * width, width).CopyTo(target.AsSpan(i * width));
                }

                break;
        }

        return new ArrowBuffer(target);
    }

    private static void CopyWords<T>(ReadOnlySpan<T> source, ReadOnlySpan<int> rows, Span<T> target)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            target[i] = source[rows[i]];
        }
    }

    private static ArrayData TakeBytes(ArrayData data, ReadOnlySpan<int> rows)
    {
        var offsets = OffsetsOf(data);
        var taken = NewOffsets(offsets, rows);
        var source = data.Buffers[2].Span;
        var bytes = new byte[taken[^1]];
        for (var i = 0; i < rows.Length; i++)
        {
            source[offsets[rows[i]]..offsets[rows[i] + 1]].CopyTo(bytes.AsSpan(taken[i]));
        }

        return Flat(data, rows, Buffer(taken), new ArrowBuffer(bytes));
    }

    private static ArrayData TakeLists(ArrayData data, ReadOnlySpan<int> rows)
    {
        var offsets = OffsetsOf(data);
        var taken = NewOffsets(offsets, rows);
        var items = new int[taken[^1]];
        var next = 0;
        foreach (var row in rows)
        {
            for (var item = offsets[row]; item < offsets[row + 1]; item++)
            {
                items[next++] = item;
            }
        }

        return WithChildren(data, rows, [Buffer(taken)], items);
    }

    private static ArrayData WithChildren(ArrayData data, ReadOnlySpan<int> rows, ArrowBuffer[] buffers, int[] childRows)
    {
        var (validity, nulls) = Validity(data, rows);
        var children = new ArrayData[data.Children.Length];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = Take(data.Children[i], childRows);
        }

        return new ArrayData(data.DataType, rows.Length, nulls, 0, [validity, .. buffers], children);
    }

    private static ArrayData Flat(ArrayData data, ReadOnlySpan<int> rows, params ArrowBuffer[] values)
    {
        var (validity, nulls) = Validity(data, rows);
        return new ArrayData(data.DataType, rows.Length, nulls, 0, [validity, .. values]);
    }

    private static (ArrowBuffer Bits, int Nulls) Validity(ArrayData data, ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty || data.NullCount == 0 || data.Buffers.Length == 0 || data.Buffers[0].Length == 0)
        {
            return (ArrowBuffer.Empty, 0);
        }

        var bits = TakeBits(data.Buffers[0].Span, data.Offset, rows);
        var nulls = rows.Length - BitUtility.CountBits(bits.Span, 0, rows.Length);
        return nulls == 0 ? (ArrowBuffer.Empty, 0) : (bits, nulls);
    }

    private static ArrowBuffer TakeBits(ReadOnlySpan<byte> source, int offset, ReadOnlySpan<int> rows)
    {
        var bits = new byte[(rows.Length + 7) / 8];
        for (var i = 0; i < rows.Length; i++)
        {
            if (BitUtility.GetBit(source, offset + rows[i]))
            {
                bits[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        return new ArrowBuffer(bits);
    }

    private static ReadOnlySpan<int> OffsetsOf(ArrayData data) => data.Length == 0 ? [0] : MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span)[data.Offset..];

    private static int[] NewOffsets(ReadOnlySpan<int> offsets, ReadOnlySpan<int> rows)
    {
        var taken = new int[rows.Length + 1];
        for (var i = 0; i < rows.Length; i++)
        {
            taken[i + 1] = checked(taken[i] + offsets[rows[i] + 1] - offsets[rows[i]]);
        }

        return taken;
    }

    private static ArrowBuffer Buffer(int[] offsets) => new(MemoryMarshal.AsBytes<int>(offsets).ToArray());
}
