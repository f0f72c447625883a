using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>Records of named fields.</summary>
internal sealed class StructColumn : ChunkedColumn
{
    private readonly ChunkedColumn[] fields;

    public StructColumn(StructType type, IReadOnlyList<ArrayData> chunks)
        : base(type, chunks) =>
        fields = [.. type.Fields.Select((field, i) => Over(field.DataType, [.. chunks.Select(chunk => chunk.Children[i].Slice(chunk.Offset, chunk.Length))]))];

    protected override ArrayData GatherValues(ReadOnlySpan<long> rows, MemoryArena arena, Memory<byte> bits, int nulls)
    {
        var children = new ArrayData[fields.Length];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = fields[i].Gather(rows, arena);
        }

        return Build(rows.Length, nulls, bits, [], children);
    }

    protected override void DisposeChildren()
    {
        foreach (var field in fields)
        {
            field.Dispose();
        }
    }
}
