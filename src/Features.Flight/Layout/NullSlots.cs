using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>
/// What stands in null slots means nothing, and a sender may leave there whatever its memory held. Zeros in its place make equal rows equal bytes. Children
/// of nested columns, and texts, are left as they are.
/// </summary>
internal static class NullSlots
{
    /// <summary>The rows with zeros in null slots of fixed width. The batch is the caller's still, and must outlive what is made of it.</summary>
    public static RecordBatch Cleared(RecordBatch batch) => new(
        batch.Schema, batch.Arrays.Select(array => ArrowArrayFactory.BuildArray(Cleared(DerivedBatch.Borrow(array.Data)))), batch.Length);

    private static ArrayData Cleared(ArrayData data)
    {
        if (data.DataType is not FixedWidthType { BitWidth: >= 8 } type || data.DataType is DictionaryType || data.Buffers.Length != 2 || data.GetNullCount() == 0)
        {
            return data;
        }

        var width = type.BitWidth / 8;
        var values = data.Buffers[1].Span[..((data.Offset + data.Length) * width)].ToArray();
        var bits = data.Buffers[0].Span;
        for (var slot = data.Offset; slot < data.Offset + data.Length; slot++)
        {
            if ((bits[slot >> 3] & (1 << (slot & 7))) == 0)
            {
                values.AsSpan(slot * width, width).Clear();
            }
        }

        return new ArrayData(data.DataType, data.Length, data.NullCount, data.Offset, [data.Buffers[0], new ArrowBuffer(values)], data.Children, data.Dictionary);
    }
}
