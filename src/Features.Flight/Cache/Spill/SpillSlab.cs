using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Features.Flight.Cache.Spill;

/// <summary>
/// One mapped file, given out piece by piece from its beginning. It goes when its writer has disposed it and its last piece is given back.
/// </summary>
internal sealed unsafe class SpillSlab : IDisposable
{
    private const int Alignment = 64;
    private readonly Lock gate = new();
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private int references = 1;
    private long used;
    private bool isSealed;

    /// <summary>Takes over the file, which is open for reading and writing, and has room for the bytes.</summary>
    public SpillSlab(FileStream file, long bytes)
    {
        (Bytes, Mode) = (bytes, OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file.SafeFileHandle));
        map = MemoryMappedFile.CreateFromFile(file, mapName: null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        try
        {
            view = map.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.ReadWrite);
        }
        catch
        {
            map.Dispose();
            throw;
        }

        byte* mapped = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref mapped);
        start = mapped + view.PointerOffset;
    }

    /// <summary>Called once the file is gone.</summary>
    public Action<SpillSlab>? Freed { get; set; }

    public long Bytes { get; }

    /// <summary>Who may read the file.</summary>
    public UnixFileMode Mode { get; }

    /// <summary>A piece at a 64-byte boundary; null if what is left does not hold it. The caller disposes it.</summary>
    public IMemoryOwner<byte>? TryRent(int length)
    {
        lock (gate)
        {
            if (isSealed || length > Bytes - used)
            {
                return null;
            }

            var piece = new Piece(this, start + used, length);
            used = Math.Min(Bytes, (used + length + Alignment - 1) / Alignment * Alignment);
            references++;
            return piece;
        }
    }

    /// <summary>No more pieces; the file stays until the last one is given back.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isSealed)
            {
                return;
            }

            isSealed = true;
        }

        Release();
    }

    private void Release()
    {
        lock (gate)
        {
            if (--references > 0)
            {
                return;
            }
        }

        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
        Freed?.Invoke(this);
    }

    private sealed class Piece(SpillSlab slab, byte* start, int length) : MemoryManager<byte>
    {
        private int isReleased;

        public override Span<byte> GetSpan() => isReleased == 0 ? new Span<byte>(start, length) : throw new ObjectDisposedException(nameof(SpillSlab));

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
            ObjectDisposedException.ThrowIf(isReleased != 0, slab);
            return new MemoryHandle(start + elementIndex, default, this);
        }

        public override void Unpin()
        {
            // A mapping does not move.
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref isReleased, 1) == 0)
            {
                slab.Release();
            }
        }
    }
}
