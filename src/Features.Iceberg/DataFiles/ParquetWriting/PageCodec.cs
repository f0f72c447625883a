using System.IO.Compression;
using Snappier;
using ZstdSharp;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Packs pages by the codec and level that the options ask for.</summary>
internal sealed class PageCodec : IDisposable
{
    private readonly Compressor? zstd;
    private readonly int? level;

    /// <exception cref="InvalidTableArgumentException">The codec is none that is written, or has no such level.</exception>
    public PageCodec(DataFileOptions options)
    {
        level = options.CompressionLevel;
        Kind = options.Compression.ToLowerInvariant() switch
        {
            "zstd" => ParquetCodec.Zstd,
            "snappy" => ParquetCodec.Snappy,
            "gzip" => ParquetCodec.Gzip,
            "uncompressed" => ParquetCodec.Uncompressed,
            _ => throw new InvalidTableArgumentException($"the compression codec '{options.Compression}' is not written; zstd, snappy, gzip and uncompressed are"),
        };
        // Snappy has no levels, and other engines take the property for any codec.
        var (least, most) = Kind == ParquetCodec.Gzip ? (0, 9) : (Compressor.MinCompressionLevel, Compressor.MaxCompressionLevel);
        if (Kind is ParquetCodec.Gzip or ParquetCodec.Zstd && (level < least || level > most))
        {
            throw new InvalidTableArgumentException($"the compression level {level} of {options.Compression} is not from {least} to {most}");
        }

        if (Kind == ParquetCodec.Zstd)
        {
            zstd = new Compressor(level ?? Compressor.DefaultCompressionLevel);
        }
    }

    public ParquetCodec Kind { get; }

    public ReadOnlyMemory<byte> Pack(ReadOnlyMemory<byte> page) => Kind switch
    {
        ParquetCodec.Zstd => zstd!.Wrap(page.Span).ToArray(),
        ParquetCodec.Snappy => Snappy.CompressToArray(page.Span),
        ParquetCodec.Gzip => Gzip(page.Span),
        _ => page,
    };

    public void Dispose() => zstd?.Dispose();

    private byte[] Gzip(ReadOnlySpan<byte> page)
    {
        using var packed = new MemoryStream();
        using (var packing = level is { } given ? new GZipStream(packed, new ZLibCompressionOptions { CompressionLevel = given }, leaveOpen: true) : new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            packing.Write(page);
        }

        return packed.ToArray();
    }
}
