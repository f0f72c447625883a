using System.Buffers;
using System.Text;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>Reads an Avro object container block by block. Disposal gives its buffers back; the stream stays the caller's.</summary>
internal sealed class AvroContainerReader : IDisposable
{
    private const int SyncBytes = 16;
    private const int LongestNumberBytes = 10;
    private const int HeaderLimitBytes = 16 << 20;

    private readonly Stream stream;
    private readonly PooledBytes unpacked = new();
    private readonly List<byte[]> retired = [];
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    private int start;
    private int end;

    private AvroContainerReader(Stream stream) => this.stream = stream;

    /// <summary>The header's metadata by key.</summary>
    public Dictionary<string, byte[]> Header { get; } = [];

    /// <summary>The writer's schema of one object.</summary>
    public AvroSchema Schema { get; private set; } = new AvroPrimitive(AvroKind.Null);

    private string Codec { get; set; } = "null";

    private byte[] Sync { get; set; } = [];

    /// <summary>Reads the header. The stream stays the caller's.</summary>
    /// <exception cref="InvalidDataException">It is no Avro container, or is damaged.</exception>
    public static async Task<AvroContainerReader> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var reader = new AvroContainerReader(stream);
        try
        {
            await reader.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>A header value as text; null if the writer left it out.</summary>
    public string? HeaderText(string key) => Header.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>The next block: its object count and unpacked bytes, valid until the next call; null at the end of the file.</summary>
    public async Task<(long Count, ReadOnlyMemory<byte> Bytes)?> ReadBlockAsync(CancellationToken cancellationToken)
    {
        GiveBackRetired();
        if (await FillAsync(1, cancellationToken).ConfigureAwait(false) == 0)
        {
            return null;
        }

        var count = await ReadLongAsync(cancellationToken).ConfigureAwait(false);
        var block = await ReadBytesAsync(AvroCodec.LimitBytes, cancellationToken).ConfigureAwait(false);
        var bytes = AvroCodec.Unpack(Codec, block, unpacked);
        // Every object of Iceberg's files takes at least a byte, so a larger count is a lie.
        if (count < 0 || count > bytes.Length)
        {
            throw new InvalidDataException($"a block claims {count} objects in {bytes.Length} bytes");
        }

        if (!(await TakeAsync(SyncBytes, cancellationToken).ConfigureAwait(false)).Span.SequenceEqual(Sync))
        {
            throw new InvalidDataException("a block does not end with the file's marker; the file is damaged");
        }

        return (count, bytes);
    }

    public void Dispose()
    {
        unpacked.Dispose();
        retired.Add(buffer);
        GiveBackRetired();
        (buffer, start, end) = ([], 0, 0);
    }

    private void GiveBackRetired()
    {
        foreach (var array in retired.Where(a => a.Length > 0))
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        retired.Clear();
    }

    private async Task ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (await FillAsync(4, cancellationToken).ConfigureAwait(false) < 4 || !(await TakeAsync(4, cancellationToken).ConfigureAwait(false)).Span.SequenceEqual("Obj\u0001"u8))
        {
            throw new InvalidDataException("it is not an Avro container (or it is encrypted)");
        }

        for (var count = await ReadLongAsync(cancellationToken).ConfigureAwait(false); count != 0; count = await ReadLongAsync(cancellationToken).ConfigureAwait(false))
        {
            if (count < 0)
            {
                _ = await ReadLongAsync(cancellationToken).ConfigureAwait(false);
            }

            // A false count runs into the end of the file.
            for (var left = (ulong)Math.Abs((decimal)count); left > 0; left--)
            {
                var key = Encoding.UTF8.GetString((await ReadBytesAsync(HeaderLimitBytes, cancellationToken).ConfigureAwait(false)).Span);
                Header[key] = (await ReadBytesAsync(HeaderLimitBytes, cancellationToken).ConfigureAwait(false)).ToArray();
            }
        }

        Sync = (await TakeAsync(SyncBytes, cancellationToken).ConfigureAwait(false)).ToArray();
        Codec = HeaderText("avro.codec") ?? "null";
        if (!AvroCodec.IsKnown(Codec))
        {
            throw new InvalidDataException($"its Avro codec '{Codec}' is not supported (null, deflate, snappy and zstandard are)");
        }

        Schema = Header.TryGetValue("avro.schema", out var schema) ? AvroSchemaJson.Parse(schema) : throw new InvalidDataException("it has no Avro schema");
    }

    private async ValueTask<long> ReadLongAsync(CancellationToken cancellationToken)
    {
        _ = await FillAsync(LongestNumberBytes, cancellationToken).ConfigureAwait(false);
        return ReadBufferedLong();
    }

    private long ReadBufferedLong()
    {
        var reader = new AvroReader(buffer.AsSpan(start, end - start));
        var before = reader.Remaining;
        var value = reader.ReadLong();
        start += before - reader.Remaining;
        return value;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(int limit, CancellationToken cancellationToken)
    {
        var length = await ReadLongAsync(cancellationToken).ConfigureAwait(false);
        var left = stream.Length - stream.Position + (end - start);
        return length >= 0 && length <= left && length <= limit
            ? await TakeAsync((int)length, cancellationToken).ConfigureAwait(false)
            : throw new InvalidDataException($"a part claims {length} bytes where {left} are left (at most {limit >> 20} MiB are allowed)");
    }

    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int length, CancellationToken cancellationToken)
    {
        if (await FillAsync(length, cancellationToken).ConfigureAwait(false) < length)
        {
            throw new InvalidDataException("it is cut off");
        }

        var taken = buffer.AsMemory(start, length);
        start += length;
        return taken;
    }

    /// <summary>Buffers at least so many bytes, unless the file ends; returns how many are there.</summary>
    private async ValueTask<int> FillAsync(int count, CancellationToken cancellationToken)
    {
        if (end - start < count)
        {
            // What was handed out stays readable until the next block: a new array is taken when the old one is full.
            if (buffer.Length - start < count)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Math.Max(count + SyncBytes + LongestNumberBytes, buffer.Length));
                buffer.AsSpan(start, end - start).CopyTo(larger);
                retired.Add(buffer);
                (buffer, start, end) = (larger, 0, end - start);
            }

            while (end - start < count)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                end += read;
            }
        }

        return end - start;
    }
}
