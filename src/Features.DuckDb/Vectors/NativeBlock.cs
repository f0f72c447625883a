using System.Numerics;
using System.Runtime.InteropServices;

namespace Features.DuckDb.Vectors;

/// <summary>
/// Native memory in which an Arrow buffer is filled. Blocks are used again and again: pages that the system has just handed out cost several times what copying
/// into them does. They have no finalizer: a span of an array would not keep its block alive.
/// </summary>
internal sealed unsafe class NativeBlock : IDisposable
{
    /// <summary>Bytes that are kept for later when nobody uses them; what is beyond goes back to the system.</summary>
    internal const long MaxIdleBytes = 64 << 20;

    private const int Alignment = 64;
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, Stack<NativeBlock>> Idle = [];
    private static long idleBytes;

    private NativeBlock(int capacity) => (Capacity, Address) = (capacity, (nint)NativeMemory.AlignedAlloc((nuint)capacity, Alignment));

    /// <summary>Where it begins, at a 64-byte boundary.</summary>
    internal nint Address { get; }

    internal int Capacity { get; }

    internal Span<byte> Span => new((void*)Address, Capacity);

    /// <summary>A block of that many bytes or up to a quarter more, its content undefined.</summary>
    internal static NativeBlock Rent(int leastBytes)
    {
        var capacity = CapacityFor(leastBytes);
        lock (Gate)
        {
            if (Idle.TryGetValue(capacity, out var blocks) && blocks.TryPop(out var block))
            {
                idleBytes -= capacity;
                return block;
            }
        }

        return new NativeBlock(capacity);
    }

    /// <summary>Gives it back, once: from then on it may be another's.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (idleBytes + Capacity <= MaxIdleBytes)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(Idle, Capacity, out _) ??= [];
                Idle[Capacity].Push(this);
                idleBytes += Capacity;
                return;
            }
        }

        NativeMemory.AlignedFree((void*)Address);
    }

    // Few sizes, so that blocks fit again.
    private static int CapacityFor(int bytes)
    {
        var step = Math.Max(Alignment, (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, bytes)) / 8);
        return (int)Math.Min((bytes + step - 1) / step * step, Array.MaxLength);
    }
}
