using System.Buffers;
using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>Columns that were made of another batch's and may lie in its memory: that batch, and what was rented for them, end with it.</summary>
internal sealed class DerivedBatch(Schema schema, IEnumerable<IArrowArray> arrays, RecordBatch source, IReadOnlyList<IMemoryOwner<byte>> owners) : RecordBatch(schema, arrays, source.Length)
{
    private bool isDisposed;

    /// <summary>An array over the same memory that leaves it to its owner.</summary>
    public static ArrayData Borrow(ArrayData data) => new(
        data.DataType,
        data.Length,
        data.NullCount,
        data.Offset,
        [.. data.Buffers.Select(buffer => new ArrowBuffer(buffer.Memory))],
        [.. (data.Children ?? []).Select(Borrow)],
        data.Dictionary is null ? null : Borrow(data.Dictionary));

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing || isDisposed)
        {
            return;
        }

        isDisposed = true;
        source.Dispose();
        foreach (var owner in owners)
        {
            owner.Dispose();
        }
    }
}
