using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Records of named fields.</summary>
internal sealed class StructColumn : ChunkedColumn
{
    private readonly ChunkedColumn[] fields;

    public StructColumn(StructType type, IReadOnlyList<ArrayData> chunks)
        : base(chunks) =>
        fields = [.. type.Fields.Select((field, i) => Over(field.DataType, [.. chunks.Select(chunk => NestedValidity.Under(chunk, chunk.Children[i].Slice(chunk.Offset, chunk.Length), size: 1))]))];

    public override int NodeCount => 1 + fields.Sum(child => child.NodeCount);

    public override int BufferCount => 1 + fields.Sum(child => child.BufferCount);

    public override bool IsVariable => fields.Any(child => child.IsVariable);

    public override int IndexBytes => fields.Sum(child => child.IndexBytes);

    public override long BitsOf(int chunk, int first, int count)
    {
        var bits = (long)count * ValidityBits;
        foreach (var field in fields)
        {
            bits += field.BitsOf(chunk, first, count);
        }

        return bits;
    }

    protected override long FindMostBits() => ValidityBits + fields.Sum(field => field.MostBits);

    protected override void LayValues(in RowSet rows, BatchBody body)
    {
        foreach (var field in fields)
        {
            field.Lay(rows, body);
        }
    }

    protected override void DisposeChildren()
    {
        foreach (var field in fields)
        {
            field.Dispose();
        }
    }
}
