using System.Buffers.Binary;

namespace Features.Flight.Tests;

/// <summary>One Flight message after another as the byte stream that Arrow's IPC reader wants: prefix, header, body.</summary>
internal sealed class MessageFeed : Stream
{
    private readonly byte[] prefix = new byte[8];
    private readonly ReadOnlyMemory<byte>[] parts = new ReadOnlyMemory<byte>[3];
    private int part;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Set(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body)
    {
        BinaryPrimitives.WriteInt32LittleEndian(prefix, -1);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(4), header.Length);
        (parts[0], parts[1], parts[2], part) = (prefix, header, body, 0);
    }

    public override int Read(Span<byte> buffer)
    {
        var read = 0;
        while (buffer.Length > 0 && part < parts.Length)
        {
            var count = Math.Min(buffer.Length, parts[part].Length);
            parts[part].Span[..count].CopyTo(buffer);
            parts[part] = parts[part][count..];
            buffer = buffer[count..];
            read += count;
            part += parts[part].IsEmpty ? 1 : 0;
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
