using System.Runtime.InteropServices;

namespace Features.Flight.Layout;

/// <summary>
/// Native memory that is given out piece by piece and taken back at once, for what is worked out about a batch before it is written.
/// A steady stream of batches allocates nothing: what one turn needed in several blocks is one block in the next.
/// </summary>
internal sealed unsafe class ScratchMemory : IDisposable
{
    private const int Alignment = 64;
    private const int LeastBlockBytes = 16 << 10;
    private readonly List<(nint Address, long Length)> blocks = [];
    private long used;

    ~ScratchMemory() => Free();

    /// <summary>Bytes that are held, used or not.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory at a 64-byte boundary, its content undefined, until <see cref="Reset"/>.</summary>
    public byte* Rent(long length)
    {
        var padded = Math.Max(Alignment, (length + Alignment - 1) / Alignment * Alignment);
        if (blocks.Count == 0 || blocks[^1].Length - used < padded)
        {
            Grow(Math.Max(padded, LeastBlockBytes));
        }

        var rented = (byte*)blocks[^1].Address + used;
        used += padded;
        return rented;
    }

    /// <summary>Everything rented is given up.</summary>
    public void Reset()
    {
        used = 0;
        if (blocks.Count > 1)
        {
            var total = Bytes;
            Free();
            Grow(total);
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Grow(long length)
    {
        blocks.Add(((nint)NativeMemory.AlignedAlloc((nuint)length, Alignment), length));
        Bytes += length;
        used = 0;
    }

    private void Free()
    {
        foreach (var (address, _) in blocks)
        {
            NativeMemory.AlignedFree((void*)address);
        }

        blocks.Clear();
        (Bytes, used) = (0, 0);
    }
}
