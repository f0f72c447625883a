using System.IO.Compression;
using System.Text.Json;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Spec;

/// <summary>Table metadata as JSON (Appendix C), versions 1 to 3 read, version 2 written; gzip and zstd are recognised by their first bytes.</summary>
public static class TableMetadataJson
{
    // Far above any metadata that a planner could work with; keeps a small compressed file from filling the memory.
    private const int LimitBytes = 1 << 30;

    /// <summary>Reads a metadata file.</summary>
    /// <exception cref="NotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidFileException">It is not valid metadata; the message names every field at fault.</exception>
    /// <exception cref="UnsupportedFeatureException">Its format version is not known.</exception>
    public static async Task<TableMetadata> ReadAsync(IObjectStore storage, string location, CancellationToken cancellationToken)
    {
        var stream = await storage.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            if (stream.Length > LimitBytes)
            {
                throw new InvalidFileException(location, $"it has {stream.Length} bytes, more than table metadata may have");
            }

            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return Read(bytes, location);
        }
    }

    /// <summary>Reads metadata from the bytes of a file.</summary>
    /// <param name="bytes">The file, compressed or not.</param>
    /// <param name="location">The file's location, for error messages.</param>
    /// <exception cref="InvalidFileException">It is not valid metadata; the message names every field at fault.</exception>
    /// <exception cref="UnsupportedFeatureException">Its format version is not known.</exception>
    public static TableMetadata Read(ReadOnlyMemory<byte> bytes, string location)
    {
        try
        {
            var text = Decompress(bytes, location);
            JsonText.Check(text.Span, SchemaJson.DocumentOptions);
            using var document = JsonDocument.Parse(text, SchemaJson.DocumentOptions);
            return TableMetadataReader.Read(document.RootElement, location);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or ZstdSharp.ZstdException)
        {
            throw new InvalidFileException(location, $"it is not a JSON document: {e.Message}", e);
        }
    }

    /// <summary>Writes a new metadata file, compressed if its name says gzip.</summary>
    /// <exception cref="AlreadyExistsException">The file exists.</exception>
    /// <exception cref="UnsupportedFeatureException">The format version is not 2.</exception>
    public static async Task WriteAsync(IObjectStore storage, string location, TableMetadata metadata, CancellationToken cancellationToken)
    {
        var json = Write(metadata);
        var writer = await storage.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            if (location.EndsWith(".gz.metadata.json", StringComparison.Ordinal) || location.EndsWith(".metadata.json.gz", StringComparison.Ordinal))
            {
                var gzip = new GZipStream(writer.Stream, CompressionLevel.Optimal, leaveOpen: true);
                await using (gzip.ConfigureAwait(false))
                {
                    await gzip.WriteAsync(json, cancellationToken).ConfigureAwait(false);
                }
            }
            else
            {
                await writer.Stream.WriteAsync(json, cancellationToken).ConfigureAwait(false);
            }

            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The JSON document of the metadata, uncompressed.</summary>
    /// <exception cref="UnsupportedFeatureException">The format version is not 2.</exception>
    public static byte[] Write(TableMetadata metadata)
    {
        if (metadata.FormatVersion != 2)
        {
            throw new UnsupportedFeatureException($"writing format version {metadata.FormatVersion}", metadata.Location, "write to a table of format version 2");
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, SchemaJson.WriterOptions))
        {
            TableMetadataWriter.Write(writer, metadata);
        }

        return buffer.ToArray();
    }

    private static ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> bytes, string location)
    {
        var isGzip = bytes.Span is [0x1F, 0x8B, ..];
        if (!isGzip && bytes.Span is not [0x28, 0xB5, 0x2F, 0xFD, ..])
        {
            return bytes;
        }

        using var packed = new MemoryStream(bytes.ToArray(), writable: false);
        using Stream unpacking = isGzip ? new GZipStream(packed, CompressionMode.Decompress) : new ZstdSharp.DecompressionStream(packed);
        using var unpacked = new MemoryStream();
        var block = new byte[64 << 10];
        for (var read = unpacking.Read(block); read > 0; read = unpacking.Read(block))
        {
            unpacked.Write(block, 0, read);
            if (unpacked.Length > LimitBytes)
            {
                throw new InvalidFileException(location, "it unpacks to more than table metadata may have");
            }
        }

        return unpacked.ToArray();
    }
}
