using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime.Columns;

/// <summary>Values of a type of fixed width, as the bits that they are.</summary>
internal sealed class FixedStore<T>(IArrowType type) : ValueStore(type)
    where T : unmanaged
{
    private readonly Chunked<T> values = new();

    /// <summary>The values themselves.</summary>
    public Chunked<T> Column => values;

    public override int Count => values.Count;

    public override long Bytes => values.Bytes;

    public override bool IsNull(int row) => values.IsNull(row);

    public override void Append(IArrowArray array, ReadOnlySpan<int> rows)
    {
        var source = MemoryMarshal.Cast<byte, T>(array.Data.Buffers[1].Span).Slice(array.Data.Offset, array.Length);
        var first = values.Count;
        for (var done = 0; done < rows.Length;)
        {
            var room = values.Extend(rows.Length - done);
            var part = rows.Slice(done, room.Length);
            for (var i = 0; i < room.Length; i++)
            {
                room[i] = source[part[i]];
            }

            done += room.Length;
        }

        if (array.NullCount > 0)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                if (array.IsNull(rows[i]))
                {
                    values.SetNull(first + i);
                }
            }
        }
    }

    public override ArrayData TakeData(ReadOnlySpan<int> rows)
    {
        var validity = Validity(rows, out var nulls);
        using var buffer = new NativeBuffer<T, NoOpAllocationTracker>(rows.Length, zeroFill: false, default);
        var room = buffer.Span;
        for (var i = 0; i < rows.Length; i++)
        {
            room[i] = rows[i] < 0 ? default : values[rows[i]];
        }

        return new ArrayData(Type, rows.Length, nulls, 0, [validity, buffer.Build()]);
    }

    public override void Clear() => values.Clear();
}
