using System.Buffers;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>
/// Memory that is rented piece by piece and given back at once. A reader resets its arenas between batches, so that a steady
/// stream allocates nothing; a cached segment keeps its arena until it is evicted.
/// </summary>
internal sealed class MemoryArena(MemoryAllocator allocator, int blockBytes = 0) : IDisposable
{
    private const int Alignment = 64;
    private readonly List<IMemoryOwner<byte>> blocks = [];
    private int block;
    private int used;

    /// <summary>Bytes that the arena holds, used or not.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory of exactly <paramref name="length"/> bytes at a 64-byte boundary of its block; its content is undefined.</summary>
    public Memory<byte> Rent(int length)
    {
        while (block < blocks.Count)
        {
            var memory = blocks[block].Memory;
            if (memory.Length - used >= length)
            {
                var rented = memory.Slice(used, length);
                used = Math.Min(memory.Length, (int)Math.Min(int.MaxValue, ((long)used + length + Alignment - 1) / Alignment * Alignment));
                return rented;
            }

            block++;
            used = 0;
        }

        var size = Math.Max(length, blockBytes);
        if (size == 0)
        {
            return Memory<byte>.Empty;
        }

        blocks.Add(allocator.Allocate(size));
        Bytes += size;
        return Rent(length);
    }

    /// <summary>Everything rented is given up; the blocks stay for the next turn.</summary>
    public void Reset() => (block, used) = (0, 0);

    public void Dispose()
    {
        foreach (var owner in blocks)
        {
            owner.Dispose();
        }

        blocks.Clear();
        (Bytes, block, used) = (0, 0, 0);
    }
}
