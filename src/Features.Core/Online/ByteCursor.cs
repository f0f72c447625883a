using System.Buffers.Binary;
using System.Text;

namespace Features.Core.Online;

/// <summary>Reads what a <see cref="ByteWriter"/> wrote.</summary>
internal ref struct ByteCursor(ReadOnlyMemory<byte> memory)
{
    private readonly ReadOnlyMemory<byte> memory = memory;
    private readonly ReadOnlySpan<byte> span = memory.Span;

    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position == span.Length;

    public byte Byte() => span[Position++];

    public long Fixed64()
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(span[Position..]);
        Position += 8;
        return value;
    }

    public long Count()
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = span[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)value;
            }

            shift += 7;
        }
    }

    public long Signed()
    {
        var value = (ulong)Count();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlyMemory<byte> Raw(int length)
    {
        var bytes = memory.Slice(Position, length);
        Position += length;
        return bytes;
    }

    public ReadOnlyMemory<byte> Bytes() => Raw((int)Count());

    public string Text() => Encoding.UTF8.GetString(Bytes().Span);
}
