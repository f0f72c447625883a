using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Features.Flight.Serving.DataPlane;

/// <summary>
/// Kestrel's memory in blocks of 256 KiB instead of 4: a send then has a few long pieces instead of hundreds of short ones. The block that came back
/// last goes out first, while it is in the processor's cache.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    public const int BlockBytes = FramePump.PieceBytes;

    // 64 MiB; beyond that a burst's blocks go back to the runtime.
    private const int MaxIdle = 256;

    private readonly Lock gate = new();
    private readonly Stack<Block> idle = new(MaxIdle);
    private long rented;

    public override int MaxBufferSize => BlockBytes;

    /// <summary>Bytes that are in use now.</summary>
    public long RentedBytes => Interlocked.Read(ref rented) * BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        Interlocked.Increment(ref rented);
        lock (gate)
        {
            if (idle.TryPop(out var block))
            {
                block.IsRented = true;
                return block;
            }
        }

        return new Block(this);
    }

    /// <summary>This pool: a connection's blocks serve the next one, whichever queue it runs on.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    // Each transport disposes what it takes for its own pool; the blocks are the garbage collector's anyway.
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        Interlocked.Decrement(ref rented);
        lock (gate)
        {
            if (idle.Count < MaxIdle)
            {
                idle.Push(block);
            }
        }
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] array = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
        private int isRented = 1;

        public bool IsRented
        {
            set => Volatile.Write(ref isRented, value ? 1 : 0);
        }

        public Memory<byte> Memory => MemoryMarshal.CreateFromPinnedArray(array, 0, BlockBytes);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isRented, 0) == 1)
            {
                pool.Return(this);
            }
        }
    }
}
