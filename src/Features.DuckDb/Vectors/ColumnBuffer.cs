using Apache.Arrow;
using Apache.Arrow.Memory;

namespace Features.DuckDb.Vectors;

/// <summary>Bytes of one Arrow buffer being filled. Grows by doubling, and is used again for each batch: what is handed on is a copy in native memory, which goes when the batch is disposed and not when the garbage collector finds the time.</summary>
internal sealed class ColumnBuffer
{
    private byte[] bytes = [];

    internal int Length { get; private set; }

    /// <summary>Makes room for more bytes and counts them as filled; the caller writes all of them.</summary>
    internal Span<byte> Extend(int count)
    {
        var needed = checked(Length + count);
        if (needed > bytes.Length)
        {
            var grown = GC.AllocateUninitializedArray<byte>((int)Math.Min(Math.Max((long)bytes.Length * 2, Math.Max(needed, 4096L)), System.Array.MaxLength));
            bytes.AsSpan(0, Length).CopyTo(grown);
            bytes = grown;
        }

        var room = bytes.AsSpan(Length, count);
        Length = needed;
        return room;
    }

    /// <summary>The bytes filled so far.</summary>
    internal Span<byte> Filled => bytes.AsSpan(0, Length);

    /// <summary>Hands a copy of the bytes on, which its batch disposes, and starts anew.</summary>
    internal ArrowBuffer Take()
    {
        if (Length == 0)
        {
            return ArrowBuffer.Empty;
        }

        using var taken = new NativeBuffer<byte, NoOpAllocationTracker>(Length, zeroFill: false, default);
        Filled.CopyTo(taken.Span);
        Length = 0;
        return taken.Build();
    }
}
