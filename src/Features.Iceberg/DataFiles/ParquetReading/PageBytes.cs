using System.IO.Compression;
using Snappier;
using ZstdSharp;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Unpacks pages. What a page claims to unpack to takes no memory before it is shown to be there: the packed bytes bound it, or it is unpacked piece by piece.</summary>
internal static class PageBytes
{
    // The most that a byte of a codec can unpack to; Snappy copies 64 bytes by 3, LZ4 255 by one.
    private const long MostBySnappy = 64, MostByLz4 = 255, Slack = 64;

    private const int Piece = 64 << 10, MostBytes = 1 << 30;

    /// <exception cref="InvalidDataException">The bytes do not unpack to the length.</exception>
    /// <exception cref="NotSupportedException">The codec is not known.</exception>
    public static ReadOnlyMemory<byte> Unpack(ParquetCodec codec, ReadOnlyMemory<byte> packed, int length)
    {
        if (codec == ParquetCodec.Uncompressed)
        {
            return packed.Length == length ? packed : throw WrongLength(packed.Length, length);
        }

        if (length > MostBytes)
        {
            throw new NotSupportedException($"a page of {length} bytes, which is more than 1 GiB,");
        }

        // A page of nulls alone may have no bytes at all.
        if (length == 0)
        {
            return default;
        }

        return codec switch
        {
            ParquetCodec.Snappy => Whole(packed, length, MostBySnappy, Unsnap),
            ParquetCodec.Lz4Raw => Whole(packed, length, MostByLz4, Lz4Block.Decompress),
            ParquetCodec.Lz4Hadoop => Whole(packed, length, MostByLz4, Lz4Block.DecompressHadoop),
            ParquetCodec.Gzip => Piecewise(Gunzip(packed), length),
            ParquetCodec.Brotli => Piecewise(new BrotliStream(Stream(packed), CompressionMode.Decompress), length),
            ParquetCodec.Zstd => Piecewise(new DecompressionStream(Stream(packed), leaveOpen: false), length),
            _ => throw new NotSupportedException($"compression codec {codec}"),
        };
    }

    private static byte[] Whole(ReadOnlyMemory<byte> packed, int length, long most, Func<ReadOnlySpan<byte>, Span<byte>, int> decompress)
    {
        if (length > (packed.Length * most) + Slack)
        {
            throw new InvalidDataException($"a page of {packed.Length} bytes claims to unpack to {length}");
        }

        var unpacked = new byte[length];
        var count = decompress(packed.Span, unpacked);
        return count == length ? unpacked : throw WrongLength(count, length);
    }

    // Takes the memory that the bytes themselves claim, whatever room there is for them.
    private static int Unsnap(ReadOnlySpan<byte> packed, Span<byte> unpacked) =>
        Snappy.GetUncompressedLength(packed) is var claimed && claimed == unpacked.Length ? Snappy.Decompress(packed, unpacked) : throw WrongLength(claimed, unpacked.Length);

    private static ReadOnlyMemory<byte> Piecewise(Stream unpacking, int length)
    {
        using (unpacking)
        {
            var unpacked = new byte[Math.Min(length, Piece)];
            var count = 0;
            while (true)
            {
                if (count == unpacked.Length)
                {
                    if (count == length)
                    {
                        break;
                    }

                    Array.Resize(ref unpacked, (int)Math.Min(length, 2L * count));
                }

                var read = unpacking.Read(unpacked, count, unpacked.Length - count);
                if (read == 0)
                {
                    throw WrongLength(count, length);
                }

                count += read;
            }

            return unpacking.ReadByte() < 0 ? unpacked : throw new InvalidDataException($"a page unpacks to more than the {length} bytes of its header");
        }
    }

    // Reads on through members that stand one behind the other.
    private static GZipStream Gunzip(ReadOnlyMemory<byte> packed) => new(Stream(packed), CompressionMode.Decompress);

    private static MemoryStream Stream(ReadOnlyMemory<byte> bytes) => System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var segment)
        ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
        : new MemoryStream(bytes.ToArray());

    private static InvalidDataException WrongLength(int found, int wanted) => new($"a page has {found} bytes where its header says {wanted}");
}
