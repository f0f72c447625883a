using System.Runtime.InteropServices;

namespace Features.Flight.Layout;

/// <summary>
/// A batch that is worked out but not written: its nodes and buffers in the order of Arrow's IPC format. What is small lies ready in
/// scratch memory (bitmaps, offsets); values are fetched from the columns when they are written. Used again for each batch.
/// </summary>
internal sealed unsafe class BatchBody : IDisposable
{
    private readonly List<BatchNode> nodes = [];
    private BodyBuffer[] buffers = new BodyBuffer[16];
    private int count;

    public ScratchMemory Scratch { get; } = new();

    public ReadOnlySpan<BatchNode> Nodes => CollectionsMarshal.AsSpan(nodes);

    public Span<BodyBuffer> Buffers => buffers.AsSpan(0, count);

    public void Reset()
    {
        nodes.Clear();
        count = 0;
        Scratch.Reset();
    }

    public void AddNode(int length, int nulls) => nodes.Add(new BatchNode(length, nulls));

    public void AddEmpty() => AddMemory(null, 0);

    public void AddMemory(byte* memory, long length) => Add(new BodyBuffer(memory, length));

    public void AddValues(nint[] bases, in RowSet rows, int width) => Add(new BodyBuffer(bases, rows, width));

    public void Dispose() => Scratch.Dispose();

    private void Add(in BodyBuffer buffer)
    {
        if (count == buffers.Length)
        {
            Array.Resize(ref buffers, count * 2);
        }

        buffers[count++] = buffer;
    }
}
