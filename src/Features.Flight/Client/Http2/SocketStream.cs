using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Features.Flight.Client.Http2;

/// <summary>
/// A connected socket whose reads block the thread that asks. The kernel then wakes that thread itself; with the runtime's asynchronous sockets each piece that comes
/// wakes its event thread first, and that one a thread of the pool, which costs more than the copy of the piece.
/// </summary>
/// <param name="socket">A socket that was connected by a blocking call, and has not been used asynchronously.</param>
internal sealed class SocketStream(Socket socket) : Stream
{
    // A socket that polls as writable takes so much at once: a third of its buffer is free.
    private const int LeastRoom = 4 << 10;

    // Of bytes that are known to come, so many are worth waking up for: a segment of loopback TCP has half.
    private const int Patience = 128 << 10;

    // setsockopt(2), socket(7).
    private const int SolSocket = 1;
    private const int SoRcvLowat = 18;

    private int wakeAt = 1;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => Read(buffer, 1);

    /// <summary>Reads bytes that are on their way for certain, and may wait for all of them: fewer wake-ups than pieces come.</summary>
    public int ReadComing(Span<byte> buffer) => Read(buffer, Math.Min(buffer.Length, Patience));

    /// <summary>Blocks until something came; what is returned is done.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                buffer = buffer[socket.Send(buffer)..];
            }
        }
        catch (SocketException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    /// <summary>Does not block: what the peer does not take at once waits in a thread of the pool.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!HasRoom(buffer.Length))
        {
            return new ValueTask(Task.Run(() => Write(buffer.Span), cancellationToken));
        }

        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Ends the calls that block.
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Read(Span<byte> buffer, int least)
    {
        try
        {
            WakeAt(least);
            return socket.Receive(buffer);
        }
        catch (SocketException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    private bool HasRoom(int bytes)
    {
        try
        {
            return bytes <= LeastRoom && socket.Poll(0, SelectMode.SelectWrite);
        }
        catch (SocketException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    // The mark that the kernel wakes at; never more than the buffer, or it would sleep on what is there.
    private void WakeAt(int least)
    {
        if (least != wakeAt && OperatingSystem.IsLinux())
        {
            wakeAt = least;
            socket.SetRawSocketOption(SolSocket, SoRcvLowat, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(ref least)));
        }
    }
}
