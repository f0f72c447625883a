using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Values of one byte or more, all of one width.</summary>
internal sealed class FixedWidthColumn : ChunkedColumn
{
    private readonly int width;
    private readonly nint[] values;

    public FixedWidthColumn(FixedWidthType type, IReadOnlyList<ArrayData> chunks)
        : base(chunks)
    {
        width = type.BitWidth / 8;
        values = Pin(chunks, buffer: 1);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] += (nint)chunks[i].Offset * width;
        }
    }

    public override int BufferCount => 2;

    public override int DenseBytes => HasNulls ? 0 : width;

    public override long BitsOf(int chunk, int first, int count) => (long)count * FindMostBits();

    public override void LayDense(in RowSet rows, int length, int width, BatchBody body)
    {
        body.AddNode(length, 0);
        body.AddEmpty();
        body.AddValues(values, rows, width);
    }

    protected override long FindMostBits() => (width * 8L) + ValidityBits;

    protected override void LayValues(in RowSet rows, BatchBody body) => body.AddValues(values, rows, width);
}
