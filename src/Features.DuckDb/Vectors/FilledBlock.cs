using System.Buffers;
using Apache.Arrow;
using Apache.Arrow.Memory;

namespace Features.DuckDb.Vectors;

/// <summary>The filled bytes of a block, as the memory of one Arrow buffer, with which the block is given back.</summary>
internal sealed unsafe class FilledBlock : MemoryManager<byte>
{
    private readonly int length;
    private NativeBlock? block;
    private int pins;

    private FilledBlock(NativeBlock block, int length) => (this.block, this.length) = (block, length);

    /// <summary>The first bytes of a block as a buffer, whose disposal gives the block back.</summary>
    /// <param name="block">The block, which the buffer takes over.</param>
    /// <param name="length">1 byte or more.</param>
    internal static ArrowBuffer Build(NativeBlock block, int length) =>
        new ArrowBuffer.Builder<byte>(1).Append(block.Span[0]).Build(new HandOver(new FilledBlock(block, length)));

    public override Span<byte> GetSpan() => Held.Span[..length];

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        var start = (byte*)Held.Address + elementIndex;
        Interlocked.Increment(ref pins);
        return new MemoryHandle(start, pinnable: this);
    }

    public override void Unpin() => Interlocked.Decrement(ref pins);

    protected override void Dispose(bool disposing)
    {
        if (Volatile.Read(ref pins) > 0)
        {
            throw new InvalidOperationException("a buffer was disposed while its memory was pinned");
        }

        Interlocked.Exchange(ref block, null)?.Dispose();
    }

    private NativeBlock Held => block ?? throw new ObjectDisposedException(nameof(ArrowBuffer));

    /// <summary>Arrow makes a buffer with an owner only of what an allocator gives: this one gives what is filled already, and the builder writes its first byte once more.</summary>
    private sealed class HandOver(FilledBlock filled) : MemoryAllocator
    {
        protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
        {
            bytesAllocated = filled.length;
            return filled;
        }
    }
}
