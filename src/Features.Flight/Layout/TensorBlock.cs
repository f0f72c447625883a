using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>
/// The work place of a tensor: some rows of its columns at a time, converted one column after another and then turned into rows while they are still in the
/// first-level cache.
/// </summary>
internal sealed class TensorBlock
{
    private const int Bytes = 16 << 10;
    private const int LeastRows = 8;
    private const int MostRows = 256;

    // Halfway between the largest float16 and what would be the next: from there on numbers round to infinity.
    private const float BeyondHalf = 65520;
    private readonly TensorOptions options;
    private readonly IReadOnlyList<string> names;
    private readonly int stride;
    private readonly float[] values;
    private readonly float[] rowValues;
    private readonly byte[] present;
    private readonly bool[] hasNulls;

    public TensorBlock(TensorOptions options, IReadOnlyList<string> names)
    {
        (this.options, this.names) = (options, names);
        stride = Math.Clamp(Bytes / sizeof(float) / names.Count / LeastRows * LeastRows, LeastRows, MostRows);
        values = new float[stride * names.Count];
        rowValues = options.Type == TensorType.Float16 ? new float[values.Length] : [];
        present = options.Mask ? new byte[values.Length] : [];
        hasNulls = new bool[names.Count];
    }

    /// <summary>Bytes of a value.</summary>
    public int ValueBytes => options.Type == TensorType.Float16 ? 2 : sizeof(float);

    /// <summary>Packs rows.</summary>
    /// <param name="columns">Their columns, in the tensor's order.</param>
    /// <param name="rows">How many.</param>
    /// <param name="firstRow">The data set's row at which they begin.</param>
    /// <param name="tensor">Room for the values of shape (rows, columns).</param>
    /// <param name="mask">Room for a byte for each value, if a mask is asked for.</param>
    /// <exception cref="TensorRangeException">A number is beyond the tensor's type.</exception>
    public void Pack(ArrayData[] columns, int rows, long firstRow, Span<byte> tensor, Span<byte> mask)
    {
        for (var column = 0; column < columns.Length; column++)
        {
            hasNulls[column] = columns[column].GetNullCount() > 0;
        }

        for (var first = 0; first < rows; first += stride)
        {
            var count = Math.Min(stride, rows - first);
            var cells = first * columns.Length;
            for (var column = 0; column < columns.Length; column++)
            {
                Convert(columns[column], column, first, count, firstRow);
            }

            if (options.Type == TensorType.Float16)
            {
                var turned = rowValues.AsSpan(0, count * columns.Length);
                RowTurn.Turn(values, stride, count, turned);
                TensorPrimitives.ConvertToHalf(turned, MemoryMarshal.Cast<byte, Half>(tensor)[cells..]);
            }
            else
            {
                RowTurn.Turn(values, stride, count, MemoryMarshal.Cast<byte, float>(tensor)[cells..]);
            }

            if (options.Mask)
            {
                RowTurn.Turn(present, stride, count, mask[cells..]);
            }
        }
    }

    private void Convert(ArrayData data, int column, int first, int count, long firstRow)
    {
        var target = values.AsSpan(column * stride, count);
        TensorValues.Convert(data, first, target);
        if (options.Mask)
        {
            present.AsSpan(column * stride, count).Fill(1);
        }

        if (hasNulls[column])
        {
            Fill(data, column, first, target);
        }

        var limit = options.Type == TensorType.Float16 ? BeyondHalf : float.PositiveInfinity;
        if (IsAnyBeyond(target, limit))
        {
            Refuse(data, column, first, target, limit, firstRow);
        }
    }

    private void Fill(ArrayData data, int column, int first, Span<float> target)
    {
        var bits = data.Buffers[0].Span;
        var at = data.Offset + first;
        var done = (at & 7) == 0 ? FillBytes(bits[(at >> 3)..], target) : 0;
        for (var i = done; i < target.Length; i++)
        {
            target[i] = IsSet(bits, at + i) ? target[i] : options.Fill;
        }

        if (options.Mask)
        {
            var there = present.AsSpan(column * stride, target.Length);
            for (var i = 0; i < there.Length; i++)
            {
                there[i] = (byte)((bits[(at + i) >> 3] >> ((at + i) & 7)) & 1);
            }
        }
    }

    // The bits of a byte, each spread over a lane.
    private int FillBytes(ReadOnlySpan<byte> bits, Span<float> target)
    {
        var lanes = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        var fill = Vector256.Create(options.Fill);
        var at = 0;
        for (; at + Vector256<float>.Count <= target.Length; at += Vector256<float>.Count)
        {
            var byBit = Vector256.Create((int)bits[at >> 3]) & lanes;
            var some = target.Slice(at, Vector256<float>.Count);
            Vector256.ConditionalSelect(Vector256.Equals(byBit, lanes).AsSingle(), Vector256.Create(some), fill).CopyTo(some);
        }

        return at;
    }

    private static bool IsSet(ReadOnlySpan<byte> bits, int index) => (bits[index >> 3] & (1 << (index & 7))) != 0;

    private static bool IsValid(ArrayData data, int row) => data.Buffers[0].IsEmpty || IsSet(data.Buffers[0].Span, data.Offset + row);

    private static bool IsAnyBeyond(ReadOnlySpan<float> numbers, float limit)
    {
        var beyond = Vector256<float>.Zero;
        var limits = Vector256.Create(limit);
        var at = 0;
        for (; at + Vector256<float>.Count <= numbers.Length; at += Vector256<float>.Count)
        {
            beyond |= Vector256.GreaterThanOrEqual(Vector256.Abs(Vector256.Create(numbers[at..])), limits);
        }

        var isBeyond = beyond.AsInt32() != Vector256<int>.Zero;
        for (; at < numbers.Length; at++)
        {
            isBeyond |= MathF.Abs(numbers[at]) >= limit;
        }

        return isBeyond;
    }

    // An infinity of the source, or the fill, may stand; a number must not become one.
    private void Refuse(ArrayData data, int column, int first, Span<float> target, float limit, long firstRow)
    {
        for (var i = 0; i < target.Length; i++)
        {
            if (MathF.Abs(target[i]) >= limit && IsValid(data, first + i) && TensorValues.IsFinite(data, first + i))
            {
                throw new TensorRangeException(options.Type == TensorType.Float16
                    ? $"the feature '{names[column]}' holds a number in row {firstRow + first + i} that is beyond float16 (±65504); ask for float32, leave the feature out of 'columns', or scale it where the data set is made"
                    : $"the feature '{names[column]}' holds a number in row {firstRow + first + i} that is beyond float32 (±3.4e38); leave the feature out of 'columns', or scale it where the data set is made");
            }
        }
    }
}
