namespace Features.Flight.Validation;

/// <summary>
/// What a RecordBatch table says (Arrow's <c>Message.fbs</c>): its arrays' lengths and where in the body their buffers lie. Buffers lie in the body, in
/// order and apart from one another, so that a small message cannot stand for many bytes.
/// </summary>
internal sealed class BatchLayout
{
    private const int Alignment = 8;
    private const int NodeBytes = 16;
    private const int BufferBytes = 16;

    private readonly (int Length, int Nulls)[] nodes;
    private readonly (int Offset, int Length)[] buffers;
    private int nextNode;
    private int nextBuffer;

    private BatchLayout(int rows, (int, int)[] nodes, (int, int)[] buffers) => (Rows, this.nodes, this.buffers) = (rows, nodes, buffers);

    public int Rows { get; }

    public bool IsDone => nextNode == nodes.Length && nextBuffer == buffers.Length;

    public static BatchLayout Read(FlatTable batch, int bodyBytes, IpcLimits limits)
    {
        if (batch.Has(3))
        {
            throw new IpcFormatException($"the batch's body is compressed ({(batch.Table(3, "compression").Byte(0) == 0 ? "LZ4" : "ZSTD")}), which is not taken; send it uncompressed");
        }

        if (batch.Vector(4, sizeof(long)).Count > 0)
        {
            throw new IpcFormatException("the batch has buffers of views, which are not taken; send plain strings and binary values");
        }

        return new BatchLayout(Count(batch.Int64(0), "rows", limits), Nodes(batch.Vector(1, NodeBytes), limits), Buffers(batch.Vector(2, BufferBytes), bodyBytes));
    }

    public (int Length, int Nulls) NextNode(string path) =>
        nextNode < nodes.Length ? nodes[nextNode++] : throw new IpcFormatException(path, $"the batch has no array for it: it has {nodes.Length} arrays in all");

    public (int Offset, int Length) NextBuffer(string path) =>
        nextBuffer < buffers.Length ? buffers[nextBuffer++] : throw new IpcFormatException(path, $"the batch has no buffer for it: it has {buffers.Length} buffers in all");

    private static (int, int)[] Nodes(FlatVector vector, IpcLimits limits)
    {
        var nodes = new (int, int)[vector.Count];
        for (var i = 0; i < nodes.Length; i++)
        {
            var (length, nulls) = (Count(vector.Int64(i), "values in an array", limits), vector.Int64(i, sizeof(long)));
            nodes[i] = nulls >= 0 && nulls <= length
                ? (length, (int)nulls)
                : throw new IpcFormatException($"array {i} of the batch has {nulls} nulls among its {length} values");
        }

        return nodes;
    }

    private static (int, int)[] Buffers(FlatVector vector, int bodyBytes)
    {
        var buffers = new (int, int)[vector.Count];
        var end = 0L;
        for (var i = 0; i < buffers.Length; i++)
        {
            var (offset, length) = (vector.Int64(i), vector.Int64(i, sizeof(long)));
            if (length < 0 || offset < 0 || offset > bodyBytes - length)
            {
                throw new IpcFormatException($"buffer {i} of the batch ({length} bytes at {offset}) does not lie in its body of {bodyBytes} bytes");
            }

            if (length > 0 && (offset < end || offset % Alignment != 0))
            {
                throw new IpcFormatException($"buffer {i} of the batch begins at {offset}, which is {(offset < end ? "within the one before it" : $"no multiple of {Alignment}")}");
            }

            end = length > 0 ? offset + length : end;
            buffers[i] = ((int)offset, (int)length);
        }

        return buffers;
    }

    private static int Count(long count, string what, IpcLimits limits) => count >= 0 && count <= limits.BatchRows
        ? (int)count
        : throw new IpcFormatException($"the batch has {count} {what}; from 0 to {limits.BatchRows} are taken: send smaller batches");
}
