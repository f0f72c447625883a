using Apache.Arrow;

namespace Features.DuckDb.Vectors;

/// <summary>Bytes of one Arrow buffer being filled, in native memory, which goes when the batch is disposed and not when the garbage collector finds the time. Grows by doubling; the next batch begins with as much as the last one took.</summary>
internal sealed class ColumnBuffer
{
    private NativeBlock? block;
    private int lastLength;

    // Of a statement that was broken off. Spans of what is filled are only used while a method of the column runs, which its stream keeps.
    ~ColumnBuffer() => block?.Dispose();

    internal int Length { get; private set; }

    /// <summary>Makes room for more bytes and counts them as filled; the caller writes all of them.</summary>
    internal Span<byte> Extend(int count)
    {
        var needed = checked(Length + count);
        if (block is null || needed > block.Capacity)
        {
            Grow(needed);
        }

        var room = block!.Span.Slice(Length, count);
        Length = needed;
        return room;
    }

    /// <summary>The bytes filled so far.</summary>
    internal Span<byte> Filled => block is null ? [] : block.Span[..Length];

    /// <summary>Hands the bytes on, which their batch disposes, and starts anew.</summary>
    internal ArrowBuffer Take()
    {
        if (Length == 0)
        {
            return ArrowBuffer.Empty;
        }

        var (filled, length) = (block!, Length);
        (block, Length, lastLength) = (null, 0, length);
        return FilledBlock.Build(filled, length);
    }

    private void Grow(int needed)
    {
        var grown = NativeBlock.Rent((int)Math.Min(Math.Max(block is null ? lastLength : (long)block.Capacity * 2, needed), System.Array.MaxLength));
        if (block is not null)
        {
            Filled.CopyTo(grown.Span);
            block.Dispose();
        }

        block = grown;
    }
}
