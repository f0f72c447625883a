namespace Features.Iceberg.Storage;

/// <summary>
/// A new file whose failures name the object and the remedy, whoever writes to it. It holds a FileStream rather than being one: in a derived FileStream the overloads of Write
/// call each other through the base class, without end.
/// </summary>
internal sealed class LocalWriteStream(string location, string path) : Stream
{
    private readonly FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 64 << 10, FileOptions.Asynchronous);

    public override bool CanRead => file.CanRead;

    public override bool CanSeek => file.CanSeek;

    public override bool CanWrite => file.CanWrite;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void SetLength(long value) => Guard(() => file.SetLength(value));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // A span cannot be captured by a lambda.
        try
        {
            file.Write(buffer);
        }
        catch (IOException e)
        {
            throw LocalFault.Of(location, e);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        GuardAsync(() => file.WriteAsync(buffer, cancellationToken));

    public override void Flush() => Guard(file.Flush);

    /// <summary>Flushes to the file, and, if asked, makes the disk keep it.</summary>
    public void Flush(bool flushToDisk) => Guard(() => file.Flush(flushToDisk));

    public override Task FlushAsync(CancellationToken cancellationToken) => GuardAsync(() => new ValueTask(file.FlushAsync(cancellationToken))).AsTask();

    public override async ValueTask DisposeAsync()
    {
        await GuardAsync(file.DisposeAsync).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Guard(file.Dispose);
        }

        base.Dispose(disposing);
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (IOException e)
        {
            throw LocalFault.Of(location, e);
        }
    }

    private async ValueTask GuardAsync(Func<ValueTask> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw LocalFault.Of(location, e);
        }
    }
}
