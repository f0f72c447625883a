using System.Buffers;
using System.Runtime.InteropServices;

namespace Features.Flight.Client.Memory;

/// <summary>A message's body in memory that begins at a multiple of 64 bytes and does not move. Arrow arrays and views point into it.</summary>
internal sealed unsafe class BodyBlock : MemoryManager<byte>
{
    /// <summary>Where Arrow wants a body to begin.</summary>
    public const int Alignment = 64;

    private readonly List<object> views = [];
    private readonly IMemoryOwner<byte> owner;
    private MemoryHandle handle;
    private byte* start;

    /// <summary>A block over memory with room for <paramref name="capacity"/> bytes and the alignment; it disposes the memory.</summary>
    public BodyBlock(IMemoryOwner<byte> owner, int capacity)
    {
        (this.owner, Capacity) = (owner, capacity);
        handle = owner.Memory.Pin();
        start = (byte*)(((nuint)handle.Pointer + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    public int Capacity { get; }

    public long Address => (long)Start;

    public override Span<byte> GetSpan() => new(Start, Capacity);

    public override MemoryHandle Pin(int elementIndex = 0) => new(Start + elementIndex, pinnable: this);

    public override void Unpin()
    {
    }

    /// <summary>The block as values; made once for each type, so that a view of each batch allocates nothing.</summary>
    public Memory<T> As<T>()
        where T : unmanaged
    {
        lock (views)
        {
            foreach (var known in views)
            {
                if (known is View<T> view)
                {
                    return view.Memory;
                }
            }

            var added = new View<T>(this);
            views.Add(added);
            return added.Memory;
        }
    }

    /// <summary>Gives the memory back; what still points here finds nothing.</summary>
    public void Free() => ((IDisposable)this).Dispose();

    protected override void Dispose(bool disposing)
    {
        if (start is not null)
        {
            start = null;
            handle.Dispose();
            owner.Dispose();
        }
    }

    private byte* Start => start is not null ? start : throw new ObjectDisposedException(nameof(DatasetBatch), "the batch's memory was given back; copy what must outlive the batch");

    private sealed class View<T>(BodyBlock block) : MemoryManager<T>
        where T : unmanaged
    {
        public override Span<T> GetSpan() => MemoryMarshal.Cast<byte, T>(block.GetSpan());

        public override MemoryHandle Pin(int elementIndex = 0) => block.Pin(elementIndex * sizeof(T));

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
