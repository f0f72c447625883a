using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime.Columns;

/// <summary>Lists, maps (lists of entries) and lists of fixed size, over a store of their elements.</summary>
internal sealed class ListStore : ValueStore
{
    private readonly Chunked<(int Start, int Length)> lists = new();
    private readonly ValueStore elements;
    private readonly int? size;

    private ListStore(IArrowType type, ValueStore elements)
        : base(type)
    {
        this.elements = elements;
        size = (type as FixedSizeListType)?.ListSize;
    }

    public override int Count => lists.Count;

    public override long Bytes => lists.Bytes + elements.Bytes;

    public static ListStore? TryCreate(IArrowType type, IArrowType element) => ValueStore.TryCreate(element) is { } store ? new ListStore(type, store) : null;

    public override bool IsNull(int row) => lists.IsNull(row);

    public override void Append(IArrowArray array, ReadOnlySpan<int> rows)
    {
        var data = array.Data;
        var offsets = size is null ? MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span) : default;
        var taken = new List<int>();
        foreach (var row in rows)
        {
            if (array.IsNull(row))
            {
                lists.AddNull();
                continue;
            }

            var start = size is { } fixedSize ? (data.Offset + row) * fixedSize : offsets[data.Offset + row];
            var end = size is { } width ? start + width : offsets[data.Offset + row + 1];
            lists.Add((elements.Count + taken.Count, end - start));
            for (var element = start; element < end; element++)
            {
                taken.Add(element);
            }
        }

        elements.Append(ArrowArrayFactory.BuildArray(data.Children[0]), CollectionsMarshal.AsSpan(taken));
    }

    public override ArrayData TakeData(ReadOnlySpan<int> rows)
    {
        var taken = new List<int>();
        var ends = new int[rows.Length + 1];
        for (var i = 0; i < rows.Length; i++)
        {
            var isThere = rows[i] >= 0 && !IsNull(rows[i]);
            var (start, length) = isThere ? lists[rows[i]] : (-1, size ?? 0);
            for (var element = 0; element < length; element++)
            {
                taken.Add(isThere ? start + element : -1);
            }

            ends[i + 1] = taken.Count;
        }

        var validity = Validity(rows, out var nulls);
        ArrowBuffer[] buffers = size is null ? [validity, new ArrowBuffer(MemoryMarshal.AsBytes<int>(ends).ToArray())] : [validity];
        return new ArrayData(Type, rows.Length, nulls, 0, buffers, [elements.TakeData(CollectionsMarshal.AsSpan(taken))]);
    }

    public override void Clear()
    {
        lists.Clear();
        elements.Clear();
    }
}
