using System.Buffers;
using Apache.Arrow.Memory;

namespace Features.DuckDb.Tests.Engine;

/// <summary>Counts the buffers that are still out.</summary>
internal sealed class CountingAllocator : MemoryAllocator
{
    private int rented;

    internal int Rented => Volatile.Read(ref rented);

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = length;
        Interlocked.Increment(ref rented);
        return new Buffer(this, new byte[length]);
    }

    private sealed class Buffer(CountingAllocator allocator, byte[] bytes) : IMemoryOwner<byte>
    {
        private int returned;

        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref returned, 1) == 0)
            {
                Interlocked.Decrement(ref allocator.rented);
            }
        }
    }
}
