using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>Values of one bit.</summary>
internal sealed unsafe class BooleanColumn : ChunkedColumn
{
    private readonly nint[] values;

    public BooleanColumn(IReadOnlyList<ArrayData> chunks)
        : base(chunks) => values = Pin(chunks, buffer: 1);

    public override int BufferCount => 2;

    public override long BitsOf(int chunk, int first, int count) => (long)count * (1 + ValidityBits);

    protected override long FindMostBits() => 1 + ValidityBits;

    protected override void LayValues(in RowSet rows, BatchBody body)
    {
        var bits = body.Scratch.Rent(Bits.BytesFor(rows.Rows));
        Bits.Gather(values, Offsets, rows, bits);
        body.AddMemory(bits, Bits.BytesFor(rows.Rows));
    }
}
