using System.Buffers.Binary;
using System.IO.Hashing;

namespace Features.Iceberg.Deletes;

/// <summary>The blob <c>deletion-vector-v1</c> of a Puffin file: length (big-endian), magic, positions, CRC-32 (big-endian) of the magic and the positions.</summary>
public static class DeletionVector
{
    private const int FrameBytes = 4;
    private const int MagicBytes = 4;

    private static ReadOnlySpan<byte> Magic => [0xD1, 0xD3, 0x39, 0x64];

    /// <summary>The deleted positions of a whole blob.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static DeletedPositions Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < FrameBytes + MagicBytes + FrameBytes)
        {
            throw new InvalidDataException($"a deletion vector has at least {FrameBytes + MagicBytes + FrameBytes} bytes, this one {blob.Length}");
        }

        var content = blob[FrameBytes..^FrameBytes];
        var length = BinaryPrimitives.ReadUInt32BigEndian(blob);
        if (length != content.Length)
        {
            throw new InvalidDataException($"a deletion vector claims {length} bytes and has {content.Length}");
        }

        if (!content[..MagicBytes].SequenceEqual(Magic))
        {
            throw new InvalidDataException($"a deletion vector begins with {Convert.ToHexString(content[..MagicBytes])} instead of {Convert.ToHexString(Magic)}");
        }

        return Crc32.HashToUInt32(content) == BinaryPrimitives.ReadUInt32BigEndian(blob[^FrameBytes..])
            ? RoaringFormat.Read(content[MagicBytes..])
            : throw new InvalidDataException("a deletion vector does not match its checksum");
    }

    /// <summary>The blob of the positions.</summary>
    public static byte[] Write(DeletedPositions positions)
    {
        var bitmaps = RoaringFormat.Write(positions);
        var blob = new byte[FrameBytes + MagicBytes + bitmaps.Length + FrameBytes];
        BinaryPrimitives.WriteUInt32BigEndian(blob, (uint)(MagicBytes + bitmaps.Length));
        Magic.CopyTo(blob.AsSpan(FrameBytes));
        bitmaps.CopyTo(blob, FrameBytes + MagicBytes);
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(blob.Length - FrameBytes), Crc32.HashToUInt32(blob.AsSpan(FrameBytes, MagicBytes + bitmaps.Length)));
        return blob;
    }
}
