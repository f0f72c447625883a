using System.Buffers;
using System.Runtime.InteropServices;

namespace Features.Iceberg.Storage;

/// <summary>
/// Writes an object to a store that takes it in blocks. An object that fits in one block is sent whole on completion; a larger one is sent while it is written, a few blocks at a
/// time, so that memory is bounded by <c>blockBytes × (MaxBlocksAtOnce + 1)</c> whatever its length. For other stores' adapters as well.
/// </summary>
/// <param name="blockBytes">The length of every block but the last, in bytes.</param>
public abstract class BlockObjectWriter(int blockBytes) : ObjectWriter
{
    /// <summary>How many blocks are under way at once.</summary>
    public const int MaxBlocksAtOnce = 3;

    private readonly List<Task> underWay = [];
    private BlockStream? stream;
    private byte[]? block;
    private int filled;
    private int sent;
    private long length;
    private bool isClosed;
    private Exception? failure;

    /// <inheritdoc/>
    public sealed override Stream Stream => stream ??= new BlockStream(this);

    /// <inheritdoc/>
    public sealed override async Task<long> CompleteAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfBroken();
        if (sent == 0)
        {
            await PutAsync(block is null ? default : block.AsMemory(0, filled), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            if (filled > 0)
            {
                await SendBlockAsync(cancellationToken).ConfigureAwait(false);
            }

            await Task.WhenAll(underWay).ConfigureAwait(false);
            ThrowIfBroken();
            await CommitAsync(sent, cancellationToken).ConfigureAwait(false);
        }

        isClosed = true;
        ReturnBlock();
        return length;
    }

    /// <inheritdoc/>
    public sealed override async ValueTask DisposeAsync()
    {
        if (isClosed)
        {
            return;
        }

        isClosed = true;
        // Blocks that failed have been reported, or their object is dropped anyway; none may still be on its way when the rest is taken away.
        await Task.WhenAll(underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ReturnBlock();
        if (sent > 0)
        {
            await AbortAsync().ConfigureAwait(false);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Creates the object at once from all its bytes; fails if it exists.</summary>
    /// <exception cref="AlreadyExistsException">It exists.</exception>
    protected abstract Task PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Sends one block; the bytes are valid until the task ends. Blocks may be sent at the same time and arrive in any order.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    protected abstract Task PutBlockAsync(int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Creates the object from blocks 1 to <paramref name="count"/>; fails if it exists.</summary>
    /// <exception cref="AlreadyExistsException">It exists.</exception>
    protected abstract Task CommitAsync(int count, CancellationToken cancellationToken);

    /// <summary>Takes away the blocks of an object that is not completed; called at most once, with no block under way.</summary>
    protected abstract Task AbortAsync();

    /// <summary>A block's bytes as a stream that can be read again, for clients that repeat requests; not copied if they lie in an array.</summary>
    public static Stream StreamOf(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array is not null
        ? new MemoryStream(segment.Array, segment.Offset, segment.Count, writable: false)
        : new MemoryStream(bytes.ToArray(), writable: false);

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfBroken();
        while (!bytes.IsEmpty)
        {
            // A full block waits for the byte after it: an object of exactly one block is still sent whole.
            if (filled == blockBytes)
            {
                await SendBlockAsync(cancellationToken).ConfigureAwait(false);
            }

            block ??= ArrayPool<byte>.Shared.Rent(blockBytes);
            var count = Math.Min(bytes.Length, blockBytes - filled);
            bytes.Span[..count].CopyTo(block.AsSpan(filled));
            filled += count;
            length += count;
            bytes = bytes[count..];
        }
    }

    private async Task SendBlockAsync(CancellationToken cancellationToken)
    {
        if (underWay.Count == MaxBlocksAtOnce)
        {
            var done = await Task.WhenAny(underWay).ConfigureAwait(false);
            underWay.Remove(done);
            await done.ConfigureAwait(false);
        }

        underWay.Add(SendAsync(++sent, block!, filled, cancellationToken));
        (block, filled) = (null, 0);
    }

    private async Task SendAsync(int number, byte[] bytes, int count, CancellationToken cancellationToken)
    {
        try
        {
            await PutBlockAsync(number, bytes.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, e, null);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // Whatever became of the call that a lost block was reported to, an object must never come to be without it.
    private void ThrowIfBroken()
    {
        if (Volatile.Read(ref failure) is { } lost)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(lost);
        }
    }

    private void ReturnBlock()
    {
        if (block is not null)
        {
            ArrayPool<byte>.Shared.Return(block);
            block = null;
        }
    }

    private sealed class BlockStream(BlockObjectWriter writer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => writer.length;

        public override long Position
        {
            get => writer.length;
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => writer.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            writer.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => writer.WriteAsync(buffer.AsMemory(offset, count), default).AsTask().GetAwaiter().GetResult();

        // A block is sent when it is full, so that all but the last have one length, which some look-alikes demand.
        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
