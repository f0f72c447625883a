using System.Buffers.Binary;

namespace Features.Flight.Client.Http2;

/// <summary>
/// Sends frames in the order in which they are appended, from any thread. Nobody waits for the peer to read: what is not sent yet is gathered, and
/// a peer that makes us answer and does not read the answers is cut off.
/// </summary>
internal sealed class FrameWriter(Stream transport)
{
    /// <summary>The most that may wait to be sent when a frame is appended that answers the peer.</summary>
    public const int MaxWaitingBytes = 64 << 10;

    private readonly Lock gate = new();
    private byte[] waiting = new byte[1024];
    private byte[] sending = new byte[1024];
    private int length;
    private bool isFlushing;
    private bool isBroken;

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            bytes.CopyTo(Room(bytes.Length));
        }
    }

    /// <summary>Appends a frame; <see cref="Flush"/> sends it.</summary>
    public void Append(FrameType type, FrameFlags flags, int stream, ReadOnlySpan<byte> payload)
    {
        lock (gate)
        {
            var room = Room(FrameHeader.Bytes + payload.Length);
            new FrameHeader(payload.Length, type, flags, stream).Write(room);
            payload.CopyTo(room[FrameHeader.Bytes..]);
        }
    }

    /// <summary>Appends and sends a frame that the peer has called for.</summary>
    /// <exception cref="Http2Exception">The peer does not read the answers that it calls for.</exception>
    public void Answer(FrameType type, FrameFlags flags, int stream, ReadOnlySpan<byte> payload)
    {
        if (Volatile.Read(ref length) > MaxWaitingBytes)
        {
            throw new Http2Exception(Http2Error.EnhanceYourCalm, "the server asks for answers and does not read them");
        }

        Append(type, flags, stream, payload);
        Flush();
    }

    public void WindowUpdate(int stream, int bytes)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, bytes);
        Append(FrameType.WindowUpdate, FrameFlags.None, stream, payload);
        Flush();
    }

    public void ResetStream(int stream, Http2Error error)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)error);
        Append(FrameType.ResetStream, FrameFlags.None, stream, payload);
        Flush();
    }

    public void GoAway(Http2Error error)
    {
        Span<byte> payload = stackalloc byte[8];
        payload.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(payload[4..], (uint)error);
        Append(FrameType.GoAway, FrameFlags.None, 0, payload);
        Flush();
    }

    public void Flush()
    {
        lock (gate)
        {
            if (isFlushing || isBroken || length == 0)
            {
                return;
            }

            isFlushing = true;
        }

        _ = FlushAsync();
    }

    private async Task FlushAsync()
    {
        try
        {
            while (Take() is { IsEmpty: false } bytes)
            {
                await transport.WriteAsync(bytes).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            lock (gate)
            {
                isBroken = true;
            }

            // The reading side learns of it by its own read.
            await transport.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ReadOnlyMemory<byte> Take()
    {
        lock (gate)
        {
            (waiting, sending) = (sending, waiting);
            var bytes = sending.AsMemory(0, length);
            length = 0;
            isFlushing = !bytes.IsEmpty;
            return bytes;
        }
    }

    private Span<byte> Room(int count)
    {
        if (waiting.Length - length < count)
        {
            Array.Resize(ref waiting, Math.Max(length + count, waiting.Length * 2));
        }

        var room = waiting.AsSpan(length, count);
        length += count;
        return room;
    }
}
