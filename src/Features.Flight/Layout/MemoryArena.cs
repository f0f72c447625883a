using System.Buffers;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>Memory that is rented piece by piece, each as long as it is asked for, and given back at once: a segment's, until it is evicted.</summary>
internal sealed class MemoryArena(MemoryAllocator allocator) : IDisposable
{
    private readonly List<IMemoryOwner<byte>> pieces = [];

    /// <summary>Bytes that are rented.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory of exactly <paramref name="length"/> bytes, its content undefined.</summary>
    public Memory<byte> Rent(int length)
    {
        if (length == 0)
        {
            return Memory<byte>.Empty;
        }

        pieces.Add(allocator.Allocate(length));
        Bytes += length;
        return pieces[^1].Memory[..length];
    }

    public void Dispose()
    {
        pieces.ForEach(piece => piece.Dispose());
        pieces.Clear();
        Bytes = 0;
    }
}
