using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Lists of one length, tensors among them. Where no item is null, a list of values of one width is one wide value.</summary>
internal sealed class FixedSizeListColumn : ChunkedColumn
{
    private readonly int size;
    private readonly ChunkedColumn items;

    public FixedSizeListColumn(FixedSizeListType type, IReadOnlyList<ArrayData> chunks)
        : base(chunks)
    {
        size = type.ListSize;
        var children = chunks.Select(chunk => NestedValidity.WithoutOwn(chunk, chunk.Children[0].Slice(chunk.Offset * size, chunk.Length * size), size)).ToList();
        items = Over(type.ValueDataType, children);
        if (HasNulls && items.DenseBytes == 0)
        {
            items.Dispose();
            items = Over(type.ValueDataType, [.. chunks.Zip(children, (chunk, child) => NestedValidity.Under(chunk, child, size))]);
        }
    }

    public override int NodeCount => 1 + items.NodeCount;

    public override int BufferCount => 1 + items.BufferCount;

    public override bool IsVariable => items.IsVariable;

    public override int IndexBytes => ItemBytes > 0 ? 0 : sizeof(long) + sizeof(int) + (size * items.IndexBytes);

    public override int DenseBytes => HasNulls ? 0 : ItemBytes;

    private int ItemBytes => items.DenseBytes * size;

    public override long BitsOf(int chunk, int first, int count) => ((long)count * ValidityBits) + items.BitsOf(chunk, first * size, count * size);

    public override void LayDense(in RowSet rows, int length, int width, BatchBody body)
    {
        body.AddNode(length, 0);
        body.AddEmpty();
        items.LayDense(rows, length * size, width, body);
    }

    protected override long FindMostBits() => ValidityBits + (size * items.MostBits);

    protected override void LayValues(in RowSet rows, BatchBody body)
    {
        if (ItemBytes > 0)
        {
            items.LayDense(rows, checked(rows.Rows * size), ItemBytes, body);
        }
        else
        {
            items.Lay(rows.Scale(size, body.Scratch), body);
        }
    }

    protected override void DisposeChildren() => items.Dispose();
}
