using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>Strings and binary values with 32-bit offsets.</summary>
internal sealed class BytesColumn : VariableColumn
{
    private readonly nint[] values;

    public BytesColumn(IReadOnlyList<ArrayData> chunks)
        : base(chunks) => values = Pin(chunks, buffer: 2);

    public override int BufferCount => 3;

    protected override long BitsOfEachItem => 8;

    protected override long ItemBitsOf(int chunk, int first, int count) => count * 8L;

    protected override void LayItems(in RowSet items, BatchBody body) => body.AddValues(values, items, width: 1);
}
