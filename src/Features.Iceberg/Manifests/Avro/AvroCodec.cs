using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>The codecs of container blocks. No block may unpack to more than <see cref="LimitBytes"/>, whatever it claims.</summary>
internal static class AvroCodec
{
    public const int LimitBytes = 256 << 20;

    private const int SmallestRead = 16 << 10;

    /// <summary>Unpacks a block.</summary>
    /// <param name="codec">The codec.</param>
    /// <param name="block">The packed bytes.</param>
    /// <param name="room">Where to, from its beginning; what is returned is valid as long as it is not changed.</param>
    /// <exception cref="InvalidDataException">It is damaged or too large.</exception>
    public static ReadOnlyMemory<byte> Unpack(string codec, ReadOnlyMemory<byte> block, PooledBytes room)
    {
        room.Clear();
        switch (codec)
        {
            case "null":
                return block;
            case "deflate":
                Drain(new DeflateStream(ReadOnly(block), CompressionMode.Decompress), room);
                break;
            case "zstandard":
                Drain(new ZstdSharp.DecompressionStream(ReadOnly(block)), room);
                break;
            case "snappy":
                Snappy(block.Span, room);
                break;
            default:
                throw new InvalidDataException($"its Avro codec '{codec}' is not known");
        }

        return room.Written;
    }

    /// <summary>True if blocks of the codec can be read.</summary>
    public static bool IsKnown(string codec) => codec is "null" or "deflate" or "zstandard" or "snappy";

    /// <summary>Packs a block with deflate, as Java does by default.</summary>
    public static ReadOnlyMemory<byte> Deflate(ReadOnlyMemory<byte> block)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(block.Span);
        }

        return packed.GetBuffer().AsMemory(0, (int)packed.Length);
    }

    private static MemoryStream ReadOnly(ReadOnlyMemory<byte> block) => MemoryMarshal.TryGetArray(block, out var array)
        ? new(array.Array!, array.Offset, array.Count, writable: false)
        : new(block.ToArray(), writable: false);

    private static void Drain(Stream unpacking, PooledBytes room)
    {
        using (unpacking)
        {
            try
            {
                for (var read = unpacking.Read(room.Free(SmallestRead)); read > 0; read = unpacking.Read(room.Free(SmallestRead)))
                {
                    room.Advance(read);
                    Check(room.Length);
                }
            }
            catch (Exception e) when (e is ZstdSharp.ZstdException or EndOfStreamException)
            {
                throw new InvalidDataException($"a block is damaged: {e.Message}", e);
            }
        }
    }

    private static void Snappy(ReadOnlySpan<byte> block, PooledBytes room)
    {
        if (block.Length < 5)
        {
            throw new InvalidDataException("a snappy block is cut off");
        }

        var packed = block[..^4];
        var length = Snappier.Snappy.GetUncompressedLength(packed);
        Check(length);
        // Snappy copies 64 bytes by 3 at the most.
        if (length > (packed.Length * 64L) + 64)
        {
            throw new InvalidDataException($"a snappy block of {packed.Length} bytes claims to unpack to {length}");
        }

        room.Advance(Snappier.Snappy.Decompress(packed, room.Free(length)));
        if (Crc32.HashToUInt32(room.Written.Span) != BinaryPrimitives.ReadUInt32BigEndian(block[^4..]))
        {
            throw new InvalidDataException("a snappy block does not match its checksum");
        }
    }

    private static void Check(long length)
    {
        if (length > LimitBytes)
        {
            throw new InvalidDataException($"a block unpacks to more than {LimitBytes >> 20} MiB");
        }
    }
}
