using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Lists with 32-bit offsets, and maps, which are lists of entries.</summary>
internal sealed class ListColumn : VariableColumn
{
    private readonly ChunkedColumn items;

    public ListColumn(NestedType type, IReadOnlyList<ArrayData> chunks)
        : base(chunks) =>
        items = Over(type.Fields[0].DataType, [.. chunks.Select(chunk => chunk.Children[0])]);

    public override int NodeCount => 1 + items.NodeCount;

    public override int BufferCount => 2 + items.BufferCount;

    public override int IndexBytes => base.IndexBytes + items.IndexBytes;

    protected override long BitsOfEachItem => items.IsVariable ? 0 : items.MostBits;

    protected override long ItemBitsOf(int chunk, int first, int count) => items.BitsOf(chunk, first, count);

    protected override void LayItems(in RowSet items, BatchBody body) => this.items.Lay(items, body);

    protected override void DisposeChildren() => items.Dispose();
}
