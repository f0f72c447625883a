using System.Buffers;
using Apache.Arrow.Memory;

namespace Features.Flight.Tests;

/// <summary>Counts what is rented and not yet given back, and fills it with garbage, so that nothing can rely on zeros.</summary>
internal sealed class CountingAllocator : MemoryAllocator
{
    private long bytes;
    private long peak;

    public long Bytes => Interlocked.Read(ref bytes);

    public long Peak => Interlocked.Read(ref peak);

    /// <summary>Called with <see cref="Bytes"/> whenever memory has been taken and before it is given back.</summary>
    public Action<long> Watch { get; set; } = _ => { };

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        bytesAllocated = length;
        var now = Interlocked.Add(ref bytes, length);
        Interlocked.Exchange(ref peak, Math.Max(peak, now));
        Watch(now);
        return new Owner(this, length);
    }

    private sealed class Owner : IMemoryOwner<byte>
    {
        private readonly CountingAllocator allocator;
        private byte[]? array;

        public Owner(CountingAllocator allocator, int length)
        {
            this.allocator = allocator;
            array = GC.AllocateUninitializedArray<byte>(length, pinned: true);
            array.AsSpan().Fill(0xA5);
        }

        public Memory<byte> Memory => array ?? throw new ObjectDisposedException(nameof(Owner));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref array, null) is { } returned)
            {
                allocator.Watch(allocator.Bytes);
                returned.AsSpan().Fill(0x5A);
                Interlocked.Add(ref allocator.bytes, -returned.Length);
            }
        }
    }
}
