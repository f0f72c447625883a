using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>The codecs of container blocks. No block may unpack to more than <see cref="LimitBytes"/>, whatever it claims.</summary>
internal static class AvroCodec
{
    public const int LimitBytes = 256 << 20;

    /// <summary>Unpacks a block.</summary>
    /// <exception cref="InvalidDataException">It is damaged or too large.</exception>
    public static ReadOnlyMemory<byte> Unpack(string codec, ReadOnlyMemory<byte> block) => codec switch
    {
        "null" => block,
        "deflate" => Drain(new DeflateStream(ReadOnly(block), CompressionMode.Decompress)),
        "zstandard" => Drain(new ZstdSharp.DecompressionStream(ReadOnly(block))),
        "snappy" => Snappy(block.Span),
        _ => throw new InvalidDataException($"its Avro codec '{codec}' is not known"),
    };

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

    private static MemoryStream ReadOnly(ReadOnlyMemory<byte> block) => new(block.ToArray(), writable: false);

    private static ReadOnlyMemory<byte> Drain(Stream unpacking)
    {
        using (unpacking)
        {
            using var unpacked = new MemoryStream();
            Span<byte> part = stackalloc byte[16 << 10];
            try
            {
                for (var read = unpacking.Read(part); read > 0; read = unpacking.Read(part))
                {
                    unpacked.Write(part[..read]);
                    Check(unpacked.Length);
                }
            }
            catch (Exception e) when (e is ZstdSharp.ZstdException or EndOfStreamException)
            {
                throw new InvalidDataException($"a block is damaged: {e.Message}", e);
            }

            return unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length);
        }
    }

    private static ReadOnlyMemory<byte> Snappy(ReadOnlySpan<byte> block)
    {
        if (block.Length < 5)
        {
            throw new InvalidDataException("a snappy block is cut off");
        }

        var packed = block[..^4];
        Check(Snappier.Snappy.GetUncompressedLength(packed));
        var unpacked = Snappier.Snappy.DecompressToArray(packed);
        return Crc32.HashToUInt32(unpacked) == BinaryPrimitives.ReadUInt32BigEndian(block[^4..])
            ? unpacked
            : throw new InvalidDataException("a snappy block does not match its checksum");
    }

    private static void Check(long length)
    {
        if (length > LimitBytes)
        {
            throw new InvalidDataException($"a block unpacks to more than {LimitBytes >> 20} MiB");
        }
    }
}
