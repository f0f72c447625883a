using Apache.Arrow;

namespace Features.DuckDb.Vectors;

/// <summary>Bytes of one Arrow buffer being filled. Grows by doubling; handed on without a copy.</summary>
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

    /// <summary>Hands the bytes on; the next batch starts with the same capacity.</summary>
    internal ArrowBuffer Take()
    {
        var taken = new ArrowBuffer(bytes.AsMemory(0, Length));
        bytes = GC.AllocateUninitializedArray<byte>(bytes.Length);
        Length = 0;
        return taken;
    }
}
