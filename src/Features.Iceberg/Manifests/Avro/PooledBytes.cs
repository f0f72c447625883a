using System.Buffers;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>Bytes that grow in an array of the shared pool, which is given back on disposal.</summary>
internal sealed class PooledBytes : IDisposable
{
    private const int Smallest = 64 << 10;

    private byte[] array = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => array.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Room for at least so many bytes behind those written.</summary>
    public Span<byte> Free(int least)
    {
        if (array.Length - Length < least)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(Smallest, Math.Max(array.Length * 2L, Length + (long)least))));
            Written.CopyTo(larger);
            GiveBack();
            array = larger;
        }

        return array.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Dispose()
    {
        GiveBack();
        array = [];
        Length = 0;
    }

    private void GiveBack()
    {
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
