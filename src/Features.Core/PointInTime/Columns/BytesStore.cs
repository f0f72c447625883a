using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime.Columns;

/// <summary>Texts and binaries: their bytes lie in blocks.</summary>
/// <param name="type">The Arrow type.</param>
/// <param name="width">The bytes of each value, of a binary of fixed size; null for texts and binaries of any.</param>
internal sealed class BytesStore(IArrowType type, int? width) : ValueStore(type)
{
    private const int BlockBytes = 1 << 20;

    private readonly Chunked<(int Block, int Offset, int Length)> places = new();
    private readonly List<byte[]> blocks = [];
    private int used;
    private long blockBytes;

    public override int Count => places.Count;

    public override long Bytes => places.Bytes + blockBytes;

    public override bool IsNull(int row) => places.IsNull(row);

    public override void Append(IArrowArray array, ReadOnlySpan<int> rows)
    {
        var data = array.Data;
        var bytes = data.Buffers[width is null ? 2 : 1].Span;
        var offsets = width is null ? MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span) : default;
        var hasNulls = array.NullCount > 0;
        foreach (var row in rows)
        {
            if (hasNulls && array.IsNull(row))
            {
                places.AddNull();
            }
            else if (width is { } fixedWidth)
            {
                Add(bytes.Slice((data.Offset + row) * fixedWidth, fixedWidth));
            }
            else
            {
                var start = offsets[data.Offset + row];
                Add(bytes[start..offsets[data.Offset + row + 1]]);
            }
        }
    }

    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            var (block, offset, length) = places[row];
            return length == 0 ? [] : blocks[block].AsSpan(offset, length);
        }
    }

    public override ArrayData TakeData(ReadOnlySpan<int> rows)
    {
        var validity = Validity(rows, out var nulls);
        var total = 0L;
        foreach (var row in rows)
        {
            total += row < 0 ? width ?? 0 : IsNull(row) ? width ?? 0 : places[row].Length;
        }

        if (total > int.MaxValue)
        {
            throw new PointInTimeException("one batch of a text or binary column takes more than 2 GiB; shorten its values");
        }

        using var values = new NativeBuffer<byte, NoOpAllocationTracker>((int)total, zeroFill: true, default);
        using var ends = new NativeBuffer<int, NoOpAllocationTracker>(rows.Length + 1, zeroFill: false, default);
        var room = values.Span;
        var at = 0;
        ends.Span[0] = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] >= 0 && !IsNull(rows[i]))
            {
                var value = this[rows[i]];
                value.CopyTo(room[at..]);
                at += value.Length;
            }
            else
            {
                at += width ?? 0;
            }

            ends.Span[i + 1] = at;
        }

        var built = total == 0 ? ArrowBuffer.Empty : values.Build();
        return new ArrayData(Type, rows.Length, nulls, 0, width is null ? [validity, ends.Build(), built] : [validity, built]);
    }

    public override void Clear()
    {
        places.Clear();
        blocks.Clear();
        (used, blockBytes) = (0, 0);
    }

    private void Add(ReadOnlySpan<byte> value)
    {
        if (blocks.Count == 0 || used + value.Length > blocks[^1].Length)
        {
            blocks.Add(GC.AllocateUninitializedArray<byte>(Math.Max(BlockBytes, value.Length)));
            blockBytes += blocks[^1].Length;
            used = 0;
        }

        value.CopyTo(blocks[^1].AsSpan(used));
        places.Add((blocks.Count - 1, used, value.Length));
        used += value.Length;
    }
}
