using System.Runtime.InteropServices;
using Apache.Arrow;

namespace Features.Flight.Client.Messages;

/// <summary>Arrow arrays over a received batch's memory, without a copy.</summary>
internal static class ArrayAssembler
{
    /// <exception cref="InvalidDataException">A column's offsets do not rise, so that no value could be read safely.</exception>
    public static RecordBatch Assemble(ReceivedBatch batch) =>
        new(batch.Shape.Schema, batch.Shape.Columns.Select(column => ArrowArrayFactory.BuildArray(DataOf(batch, column))), batch.Rows);

    private static ArrayData DataOf(ReceivedBatch batch, ColumnShape column)
    {
        CheckOffsets(batch, column);
        var buffers = new ArrowBuffer[column.Buffers];
        for (var i = 0; i < buffers.Length; i++)
        {
            // A validity bitmap that marks nothing may be absent, or shorter than it should be.
            var isNeeded = i > 0 || batch.Nulls(column) > 0;
            buffers[i] = isNeeded && batch.Size(column, i) > 0 ? new ArrowBuffer(batch.Buffer(column, i)) : ArrowBuffer.Empty;
        }

        var children = new ArrayData[column.Children.Length];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = DataOf(batch, column.Children[i]);
        }

        return new ArrayData(column.Field.DataType, batch.Length(column), batch.Nulls(column), 0, buffers, children);
    }

    private static void CheckOffsets(ReceivedBatch batch, ColumnShape column)
    {
        var count = batch.Length(column) + 1;
        if (count == 1)
        {
            return;
        }

        var rises = column.Kind switch
        {
            ColumnKind.Variable or ColumnKind.List => Rise(MemoryMarshal.Cast<byte, int>(batch.Buffer(column, 1).Span)[..count]),
            ColumnKind.LargeVariable or ColumnKind.LargeList => Rise(MemoryMarshal.Cast<byte, long>(batch.Buffer(column, 1).Span)[..count]),
            _ => true,
        };
        if (!rises)
        {
            throw new InvalidDataException($"the column '{column.Field.Name}' has offsets that do not rise");
        }
    }

    private static bool Rise<T>(ReadOnlySpan<T> offsets)
        where T : struct, System.Numerics.INumber<T>
    {
        var last = T.Zero;
        foreach (var offset in offsets)
        {
            if (offset < last)
            {
                return false;
            }

            last = offset;
        }

        return true;
    }
}
