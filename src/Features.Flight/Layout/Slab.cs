using System.Buffers;

namespace Features.Flight.Layout;

/// <summary>Reserved pages that are given out piece by piece. They are released when the slab is sealed and its last piece was given back.</summary>
internal sealed unsafe class Slab(long bytes)
{
    private readonly nint start = Pages.Reserve(bytes);
    private readonly Lock gate = new();
    private long used;
    private int pieces = 1;

    public bool HasRoom(int length)
    {
        lock (gate)
        {
            return bytes - used >= length;
        }
    }

    /// <summary>A piece, if <see cref="HasRoom"/>. The caller disposes it.</summary>
    public IMemoryOwner<byte> Rent(int length, int alignment)
    {
        lock (gate)
        {
            var piece = new Piece(this, start + (nint)used, length);
            used = Math.Min(bytes, (used + length + alignment - 1) & -alignment);
            pieces++;
            return piece;
        }
    }

    /// <summary>No more pieces are taken.</summary>
    public void Seal() => Drop();

    private void GiveBack(nint address, int length)
    {
        // Before the piece is dropped: after it, the range may be another's.
        Pages.Discard(address, length);
        Drop();
    }

    private void Drop()
    {
        lock (gate)
        {
            if (--pieces > 0)
            {
                return;
            }
        }

        Pages.Release(start, bytes);
    }

    private sealed class Piece(Slab slab, nint address, int length) : MemoryManager<byte>
    {
        private int isReturned;

        public override Span<byte> GetSpan() =>
            isReturned == 0 ? new Span<byte>((void*)address, length) : throw new ObjectDisposedException(nameof(IMemoryOwner<byte>));

        public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)address + elementIndex, default, this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref isReturned, 1) == 0)
            {
                slab.GiveBack(address, length);
            }
        }
    }
}
