using System.Buffers;

namespace Features.Iceberg.Storage;

/// <summary>
/// A remote object as a seekable stream over ranged requests. It fetches a window around each read: 64 KiB after a jump, doubled up to 4 MiB while reads go on in order; the first
/// read near the end fetches the last 64 KiB once and keeps them, because footers are read in two or three steps. Reads larger than a window go straight into the caller's buffer,
/// in parallel pieces. For other stores' adapters as well.
/// </summary>
public sealed class RangedReadStream : Stream
{
    /// <summary>What is fetched at the end of an object, and at first after a jump, in bytes.</summary>
    public const int SmallestWindowBytes = 64 << 10;

    private const int LargestWindowBytes = 4 << 20;
    private const int MaxRequestsAtOnce = 4;

    private readonly RangeReader readRange;
    private readonly byte[]? edge;
    private readonly long edgeStart;
    private byte[]? tail;
    private byte[]? window;
    private long windowStart;
    private int windowLength;
    private int nextWindow = SmallestWindowBytes;
    private long position;
    private bool isDisposed;

    /// <summary>Reads an object of <paramref name="length"/> bytes.</summary>
    /// <param name="length">The object's length in bytes.</param>
    /// <param name="readRange">Reads a range.</param>
    /// <param name="edge">Bytes that came with the opening of the object, if any; not copied.</param>
    /// <param name="edgeStart">Where they lie in the object.</param>
    public RangedReadStream(long length, RangeReader readRange, byte[]? edge = null, long edgeStart = 0) =>
        (Length, this.readRange, this.edge, this.edgeStart) = (length, readRange, edge, edgeStart);

    /// <inheritdoc/>
    public override bool CanRead => !isDisposed;

    /// <inheritdoc/>
    public override bool CanSeek => !isDisposed;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override long Position
    {
        get => position;
        set => position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "a position is not negative");
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => Length + offset,
    };

    /// <summary>Blocks a thread until the range has come; read asynchronously where that can be.</summary>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        var read = TakeBuffered(buffer.Span);
        if (read == 0)
        {
            buffer = buffer[..(int)Math.Min(buffer.Length, Length - position)];
            read = buffer.Length >= LargestWindowBytes ? await ReadPiecesAsync(buffer, cancellationToken).ConfigureAwait(false)
                : await ReadWindowAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        position += read;
        return read;
    }

    /// <summary>Nothing to do: it is only read.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        isDisposed = true;
        if (Interlocked.Exchange(ref window, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        base.Dispose(disposing);
    }

    private int TakeBuffered(Span<byte> buffer)
    {
        var taken = Take(edge, edgeStart, edge?.Length ?? 0, buffer);
        taken = taken > 0 ? taken : Take(tail, Length - (tail?.Length ?? 0), tail?.Length ?? 0, buffer);
        return taken > 0 ? taken : Take(window, windowStart, windowLength, buffer);
    }

    private int Take(byte[]? bytes, long start, int length, Span<byte> buffer)
    {
        if (bytes is null || position < start || position >= start + length)
        {
            return 0;
        }

        var from = (int)(position - start);
        var count = Math.Min(buffer.Length, length - from);
        bytes.AsSpan(from, count).CopyTo(buffer);
        return count;
    }

    private async Task<int> ReadWindowAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (tail is null && Length - position <= SmallestWindowBytes)
        {
            var bytes = new byte[(int)Math.Min(Length, SmallestWindowBytes)];
            await readRange(Length - bytes.Length, bytes, cancellationToken).ConfigureAwait(false);
            tail = bytes;
            return TakeBuffered(buffer.Span);
        }

        nextWindow = windowLength > 0 && position == windowStart + windowLength ? Math.Min(nextWindow * 2, LargestWindowBytes) : SmallestWindowBytes;
        var length = (int)Math.Min(Math.Max(nextWindow, buffer.Length), Length - position);
        if (window is null || window.Length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(length);
            var smaller = window;
            window = larger;
            if (smaller is not null)
            {
                ArrayPool<byte>.Shared.Return(smaller);
            }
        }

        windowLength = 0;
        await readRange(position, window.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        (windowStart, windowLength) = (position, length);
        return TakeBuffered(buffer.Span);
    }

    private async Task<int> ReadPiecesAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var length = Math.Min(buffer.Length, MaxRequestsAtOnce * LargestWindowBytes);
        var pieces = Enumerable.Range(0, (length + LargestWindowBytes - 1) / LargestWindowBytes).Select(piece =>
        {
            var start = piece * LargestWindowBytes;
            return readRange(position + start, buffer[start..Math.Min(length, start + LargestWindowBytes)], cancellationToken);
        });
        await Task.WhenAll(pieces).ConfigureAwait(false);
        return length;
    }
}
