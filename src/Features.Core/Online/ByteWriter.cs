using System.Buffers.Binary;
using System.Text;

namespace Features.Core.Online;

/// <summary>Bytes being put together. Integers of no fixed width are LEB128; signed ones zigzag before.</summary>
internal sealed class ByteWriter
{
    private byte[] buffer = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

    public byte[] ToArray() => Written.ToArray();

    public void Clear() => Length = 0;

    public Span<byte> Reserve(int count)
    {
        if (buffer.Length - Length < count)
        {
            System.Array.Resize(ref buffer, Math.Max(buffer.Length * 2, Length + count));
        }

        var span = buffer.AsSpan(Length, count);
        Length += count;
        return span;
    }

    public ByteWriter Byte(byte value)
    {
        Reserve(1)[0] = value;
        return this;
    }

    public ByteWriter Fixed64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
        return this;
    }

    public ByteWriter Count(long value)
    {
        var rest = (ulong)value;
        for (; rest >= 0x80; rest >>= 7)
        {
            Byte((byte)(rest | 0x80));
        }

        return Byte((byte)rest);
    }

    public ByteWriter Signed(long value) => Count((value << 1) ^ (value >> 63));

    public ByteWriter Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        return this;
    }

    /// <summary>Bytes after their number.</summary>
    public ByteWriter Bytes(ReadOnlySpan<byte> bytes) => Count(bytes.Length).Raw(bytes);

    public ByteWriter Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, Count(length).Reserve(length));
        return this;
    }
}
