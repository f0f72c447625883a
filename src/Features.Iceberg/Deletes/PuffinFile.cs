using System.Buffers.Binary;
using System.Text.Json;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Deletes;

/// <summary>A Puffin file: blobs of deletion vectors and statistics, described by its footer (Puffin specification, version 1).</summary>
/// <param name="Location">Where it was read.</param>
/// <param name="Blobs">Its blobs in the footer's order.</param>
/// <param name="Properties">What its writer said of it, such as <c>created-by</c>.</param>
public sealed record PuffinFile(string Location, IReadOnlyList<PuffinBlob> Blobs, IReadOnlyDictionary<string, string> Properties)
{
    private const int MagicBytes = 4;
    // Payload size, flags and magic.
    private const int TailBytes = 12;
    private const int LargestFooterBytes = 64 << 20;
    private const int LargestBlobBytes = 1 << 30;

    private static ReadOnlySpan<byte> Magic => "PFA1"u8;

    /// <summary>Reads the footer.</summary>
    /// <exception cref="NotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidFileException">It is no Puffin file.</exception>
    /// <exception cref="UnsupportedFeatureException">Its footer is compressed.</exception>
    public static async Task<PuffinFile> ReadAsync(IObjectStore storage, string location, CancellationToken cancellationToken)
    {
        var stream = await storage.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using var opened = stream.ConfigureAwait(false);
        var footerEnd = stream.Length - TailBytes;
        if (footerEnd < MagicBytes + MagicBytes)
        {
            throw new InvalidFileException(location, $"a Puffin file has at least {MagicBytes + MagicBytes + TailBytes} bytes, this one {stream.Length}");
        }

        var head = await ReadAsync(stream, 0, MagicBytes, cancellationToken).ConfigureAwait(false);
        var tail = await ReadAsync(stream, footerEnd, TailBytes, cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (!head.AsSpan().SequenceEqual(Magic) || !tail.AsSpan(^MagicBytes).SequenceEqual(Magic))
        {
            throw new InvalidFileException(location, "it does not begin and end as a Puffin file does");
        }

        var flags = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(4));
        if (flags > 1)
        {
            throw new UnsupportedFeatureException($"a Puffin file with the flags {flags:x}", location, "a newer release may read it");
        }

        if (flags == 1)
        {
            throw new UnsupportedFeatureException("a compressed footer (LZ4) of a Puffin file", location, "write it without compression of the footer");
        }

        var start = footerEnd - length - MagicBytes;
        if (length < 0 || length > LargestFooterBytes || start < MagicBytes)
        {
            throw new InvalidFileException(location, $"its footer claims {length} bytes in a file of {stream.Length} (at most {LargestFooterBytes >> 20} MiB are allowed)");
        }

        var footer = await ReadAsync(stream, start, length + MagicBytes, cancellationToken).ConfigureAwait(false);
        return footer.AsSpan(0, MagicBytes).SequenceEqual(Magic)
            ? Parse(location, footer.AsMemory(MagicBytes), start)
            : throw new InvalidFileException(location, "its footer does not begin as a Puffin file's does");
    }

    /// <summary>A blob's content, unpacked.</summary>
    /// <exception cref="InvalidFileException">It is damaged, or larger than 1 GiB.</exception>
    /// <exception cref="UnsupportedFeatureException">It is packed with a codec that is not read (LZ4).</exception>
    public async Task<ReadOnlyMemory<byte>> ReadBlobAsync(IObjectStore storage, PuffinBlob blob, CancellationToken cancellationToken)
    {
        if (blob.CompressionCodec is not (null or "zstd"))
        {
            throw new UnsupportedFeatureException($"a blob compressed with {blob.CompressionCodec}", Location, "write it with zstd or uncompressed");
        }

        var stream = await storage.OpenReadAsync(Location, cancellationToken).ConfigureAwait(false);
        await using var opened = stream.ConfigureAwait(false);
        if (blob.Length > LargestBlobBytes || blob.Offset > stream.Length - blob.Length)
        {
            throw new InvalidFileException(Location, $"a blob claims {blob.Length} bytes at {blob.Offset} in a file of {stream.Length}");
        }

        var bytes = await ReadAsync(stream, blob.Offset, (int)blob.Length, cancellationToken).ConfigureAwait(false);
        using var room = new PooledBytes();
        try
        {
            return blob.CompressionCodec is null ? bytes : AvroCodec.Unpack("zstandard", bytes, room).ToArray();
        }
        catch (InvalidDataException error)
        {
            throw new InvalidFileException(Location, error.Message, error);
        }
    }

    private static PuffinFile Parse(string location, ReadOnlyMemory<byte> footer, long footerStart)
    {
        try
        {
            JsonText.Check(footer.Span);
            using var document = JsonDocument.Parse(footer);
            var faults = new List<string>();
            var root = new JsonAt(document.RootElement, null, faults);
            PuffinBlob[] blobs = root.IsObject() ? [.. root.Get("blobs")?.Items().Select(ReadBlob) ?? []] : [];
            var properties = root.FindStrings("properties");
            faults.AddRange(blobs.Where(b => b.Offset < MagicBytes || b.Length < 0 || b.Offset > footerStart - b.Length)
                .Select(b => $"a blob of type '{b.Type}' claims {b.Length} bytes at {b.Offset}, where blobs end at {footerStart}"));
            return faults.Count == 0 ? new PuffinFile(location, blobs, properties) : throw new InvalidFileException(location, string.Join("; ", faults));
        }
        catch (JsonException error)
        {
            throw new InvalidFileException(location, $"its footer is not JSON: {error.Message}", error);
        }
    }

    private static PuffinBlob ReadBlob(JsonAt json) => new(
        json.String("type"),
        [.. json.Get("fields")?.Items().Select(f => f.AsInt()) ?? []],
        json.Id("snapshot-id"),
        json.Long("sequence-number"),
        json.Long("offset"),
        json.Long("length"),
        json.FindString("compression-codec"),
        json.FindStrings("properties"));

    private static async Task<byte[]> ReadAsync(Stream stream, long offset, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        stream.Seek(offset, SeekOrigin.Begin);
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }
}

/// <summary>A blob as a Puffin footer describes it.</summary>
/// <param name="Type">Such as <c>deletion-vector-v1</c>.</param>
/// <param name="Fields">The field ids that it is about.</param>
/// <param name="SnapshotId">The snapshot that it was computed from; -1 for a deletion vector, which inherits it.</param>
/// <param name="SequenceNumber">The sequence number of that snapshot; -1 for a deletion vector.</param>
/// <param name="Offset">The first byte in the file.</param>
/// <param name="Length">Bytes in the file.</param>
/// <param name="CompressionCodec"><c>lz4</c> or <c>zstd</c>; null for none.</param>
/// <param name="Properties">More about it; for a deletion vector <c>referenced-data-file</c> and <c>cardinality</c>.</param>
public sealed record PuffinBlob(
    string Type, IReadOnlyList<int> Fields, long SnapshotId, long SequenceNumber, long Offset, long Length, string? CompressionCodec, IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>The type of deletion vectors.</summary>
    public const string DeletionVectorType = "deletion-vector-v1";
}
