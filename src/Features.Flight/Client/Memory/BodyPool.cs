using System.Numerics;
using Apache.Arrow.Memory;

namespace Features.Flight.Client.Memory;

/// <summary>The blocks of one stream, which its messages use by turns. Disposed, it frees each block once it is back.</summary>
internal sealed class BodyPool(MemoryAllocator allocator) : IDisposable
{
    private const int LeastBytes = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<int, Stack<BodyBlock>> idle = [];
    private bool isDisposed;

    /// <summary>A block with room for so many bytes; what stands in it is garbage.</summary>
    public BodyBlock Rent(int bytes)
    {
        var capacity = CapacityFor(bytes);
        lock (gate)
        {
            if (idle.TryGetValue(capacity, out var blocks) && blocks.TryPop(out var block))
            {
                return block;
            }
        }

        return new BodyBlock(allocator.Allocate(capacity + BodyBlock.Alignment), capacity);
    }

    public void Return(BodyBlock block)
    {
        lock (gate)
        {
            if (!isDisposed)
            {
                if (!idle.TryGetValue(block.Capacity, out var blocks))
                {
                    idle.Add(block.Capacity, blocks = new Stack<BodyBlock>());
                }

                blocks.Push(block);
                return;
            }
        }

        block.Free();
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            foreach (var block in idle.Values.SelectMany(blocks => blocks))
            {
                block.Free();
            }

            idle.Clear();
        }
    }

    // Four sizes between two powers of two: bodies of nearly one size share blocks, and at most a quarter is unused.
    private static int CapacityFor(int bytes)
    {
        if (bytes <= LeastBytes)
        {
            return LeastBytes;
        }

        var step = 1L << (BitOperations.Log2((uint)bytes - 1) - 2);
        return (int)Math.Min((bytes + step - 1) / step * step, Array.MaxLength - BodyBlock.Alignment);
    }
}
