using System.Buffers;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>
/// Column memory in slabs of large pages, given out from their beginning, so that neighbours share a page and no buffer is rounded up to one. A slab
/// goes back to the system with its last buffer; before, each buffer's own pages do.
/// </summary>
internal sealed class SlabAllocator : MemoryAllocator
{
    private const long SlabBytes = 64 << 20;
    private const int BufferAlignment = 64;
    private readonly Lock gate = new();
    private Slab? current;

    public SlabAllocator()
        : base(BufferAlignment)
    {
    }

    /// <summary>The allocator of the process: data sets that are loaded at the same time share slabs.</summary>
    public static SlabAllocator Shared { get; } = new();

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = length;
        lock (gate)
        {
            if (current is null || !current.HasRoom(length))
            {
                current?.Seal();
                current = null;
                current = new Slab(Math.Max(SlabBytes, (length + Pages.LargeBytes - 1) & -Pages.LargeBytes));
            }

            return current.Rent(length, BufferAlignment);
        }
    }
}
