using System.Buffers.Binary;
using Features.Flight.Client.Hpack;
using Grpc.Core;

namespace Features.Flight.Client.Http2;

/// <summary>Reads a connection's frames. Large parts of DATA are received where the sink wants them; the rest passes through one buffer.</summary>
internal sealed class FrameReceiver(Stream transport, Http2Connection connection)
{
    private const int BufferBytes = 64 << 10;

    // While large bodies come, a read through the buffer is for the next frame's header; what follows it would be copied.
    private const int HeaderReadBytes = 1 << 10;

    // Below this a system call costs more than a copy.
    private const int LeastDirectBytes = 8 << 10;

    // Frames that carry nothing of a response, between two that do.
    private const int MaxIdleFrames = 4096;

    private readonly SocketStream? socket = transport as SocketStream;
    private readonly ReceiveBuffer buffer = new(BufferBytes);
    private readonly HpackDecoder decoder = new(HeaderBlock.MaxBytes);
    private readonly HeaderBlock block = new();
    private FrameHeader data;
    private int dataLeft;
    private int padding;
    private int skip;
    private int idleFrames;
    private bool hasSettings;
    private bool isBulk;

    /// <summary>Reads until the server closes the connection.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            while (Step())
            {
            }

            var direct = dataLeft > 0 && buffer.Length == 0 ? connection.Enter(data.Stream) : null;
            var target = direct is null ? default : direct.Sink.Target;
            target = target[..Math.Min(target.Length, dataLeft)];
            int count;
            if (target.Length >= LeastDirectBytes)
            {
                isBulk = direct!.Sink.ExpectsBulk;
                try
                {
                    // The server has said how long the frame is.
                    count = socket is null ? await transport.ReadAsync(target).ConfigureAwait(false) : socket.ReadComing(target.Span);
                    Deliver(direct, default, count);
                }
                finally
                {
                    connection.Leave(direct, isEnd: false);
                }

                EndDataIfDone();
            }
            else
            {
                if (direct is not null)
                {
                    isBulk = direct.Sink.ExpectsBulk;
                    connection.Leave(direct, isEnd: false);
                }

                count = await transport.ReadAsync(buffer.Room(isBulk ? target.Length + HeaderReadBytes : BufferBytes)).ConfigureAwait(false);
                buffer.Received(count);
            }

            if (count == 0)
            {
                throw new IOException("the server closed it");
            }
        }
    }

    /// <summary>Does one thing with what is in the buffer; false if that is too little.</summary>
    private bool Step()
    {
        if (dataLeft > 0)
        {
            return buffer.Length > 0 && StepData();
        }

        if (padding + skip > 0)
        {
            return buffer.Length > 0 && StepSkipped();
        }

        if (buffer.Length < FrameHeader.Bytes)
        {
            return false;
        }

        var frame = FrameHeader.Read(buffer.Unread);
        Check(frame);
        if (frame.Type == FrameType.Data)
        {
            return BeginData(frame);
        }

        if (frame.Type is FrameType.PushPromise)
        {
            throw new Http2Exception(Http2Error.Protocol, "the server pushes, which it was told not to");
        }

        if (frame.Type > FrameType.Continuation || frame.Type == FrameType.Priority)
        {
            buffer.Consume(FrameHeader.Bytes);
            skip = frame.Length;
            return true;
        }

        // Debug data of a goodbye may have any length; the rest of its kind is short.
        var wanted = frame.Type == FrameType.GoAway ? Math.Min(frame.Length, 8) : frame.Length;
        if (wanted > HeaderBlock.MaxBytes)
        {
            throw new Http2Exception(Http2Error.EnhanceYourCalm, $"the server sends {frame.Type} of {frame.Length} bytes");
        }

        if (buffer.Length < FrameHeader.Bytes + wanted)
        {
            return false;
        }

        Handle(frame, buffer.Unread.Slice(FrameHeader.Bytes, wanted));
        buffer.Consume(FrameHeader.Bytes + wanted);
        skip = frame.Length - wanted;
        return true;
    }

    private void Check(FrameHeader frame)
    {
        if (frame.Length > Http2Connection.MaxFrameBytes)
        {
            throw new Http2Exception(Http2Error.FrameSize, $"the server sends a frame of {frame.Length} bytes; {Http2Connection.MaxFrameBytes} are allowed");
        }

        if (!hasSettings && frame is not { Type: FrameType.Settings, Flags: FrameFlags.None })
        {
            throw new Http2Exception(Http2Error.Protocol, "the server does not begin with its settings; is it an HTTP/2 server?");
        }

        if (block.Stream != 0 && (frame.Type != FrameType.Continuation || frame.Stream != block.Stream))
        {
            throw new Http2Exception(Http2Error.Protocol, $"the server sends {frame.Type} inside of a header block");
        }

        var isOfStream = frame.Type is FrameType.Data or FrameType.Headers or FrameType.ResetStream or FrameType.Continuation;
        var isOfConnection = frame.Type is FrameType.Settings or FrameType.Ping or FrameType.GoAway;
        if ((isOfStream && frame.Stream == 0) || (isOfConnection && frame.Stream != 0))
        {
            throw new Http2Exception(Http2Error.Protocol, $"the server sends {frame.Type} on stream {frame.Stream}");
        }
    }

    private void Handle(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        CountIdle(isProgress: false);
        switch (frame.Type)
        {
            case FrameType.Headers:
                payload = Unpadded(frame, payload, out _);
                if (frame.Flags.HasFlag(FrameFlags.Priority))
                {
                    payload = payload.Length >= 5 ? payload[5..] : throw new Http2Exception(Http2Error.FrameSize, "the server sends headers that are cut off");
                }

                block.Open(frame.Stream, frame.Flags.HasFlag(FrameFlags.EndStream));
                AppendHeaders(frame, payload);
                break;
            case FrameType.Continuation when block.Stream == 0:
                throw new Http2Exception(Http2Error.Protocol, "the server continues a header block that it did not begin");
            case FrameType.Continuation:
                AppendHeaders(frame, payload);
                break;
            case FrameType.ResetStream:
                OnReset(frame.Stream, BinaryPrimitives.ReadUInt32BigEndian(Sized(frame, payload, 4)));
                break;
            case FrameType.Settings when frame.Flags.HasFlag(FrameFlags.Acknowledgement):
                Sized(frame, payload, 0);
                decoder.Limit(0);
                break;
            case FrameType.Settings:
                hasSettings = true;
                connection.OnSettings(payload);
                break;
            case FrameType.Ping when !frame.Flags.HasFlag(FrameFlags.Acknowledgement):
                connection.OnPing(Sized(frame, payload, 8));
                break;
            case FrameType.Ping:
                Sized(frame, payload, 8);
                break;
            case FrameType.GoAway:
                Sized(frame with { Length = payload.Length }, payload, 8);
                connection.OnGoAway(BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(payload[4..]));
                break;
            default:
                connection.OnWindowUpdate(frame.Stream, BinaryPrimitives.ReadInt32BigEndian(Sized(frame, payload, 4)) & int.MaxValue);
                break;
        }
    }

    private static ReadOnlySpan<byte> Sized(FrameHeader frame, ReadOnlySpan<byte> payload, int length) => frame.Length == length
        ? payload
        : throw new Http2Exception(Http2Error.FrameSize, $"the server sends {frame.Type} of {frame.Length} bytes; it has {length}");

    private static ReadOnlySpan<byte> Unpadded(FrameHeader frame, ReadOnlySpan<byte> payload, out int padding)
    {
        padding = 0;
        if (!frame.Flags.HasFlag(FrameFlags.Padded))
        {
            return payload;
        }

        padding = payload.IsEmpty ? int.MaxValue : payload[0];
        return padding < payload.Length ? payload[1..^padding] : throw new Http2Exception(Http2Error.Protocol, "the server sends more padding than the frame has bytes");
    }

    private void AppendHeaders(FrameHeader frame, ReadOnlySpan<byte> fragment)
    {
        block.Append(fragment);
        if (!frame.Flags.HasFlag(FrameFlags.EndHeaders))
        {
            return;
        }

        // Decoded even if nobody wants it: the table is the connection's.
        var headers = decoder.Decode(block.Bytes);
        var (id, isEnd) = (block.Stream, block.EndsStream);
        block.Close();
        Call(id, isEnd, sink => sink.Headers(headers, isEnd));
    }

    private bool BeginData(FrameHeader frame)
    {
        var isPadded = frame.Flags.HasFlag(FrameFlags.Padded);
        if (isPadded && buffer.Length == FrameHeader.Bytes && frame.Length > 0)
        {
            return false;
        }

        var pad = 0;
        if (isPadded)
        {
            pad = frame.Length > 0 ? buffer.Unread[FrameHeader.Bytes] : int.MaxValue;
            if (pad >= frame.Length)
            {
                throw new Http2Exception(Http2Error.Protocol, "the server sends more padding than the frame has bytes");
            }

            buffer.Consume(1);
        }

        buffer.Consume(FrameHeader.Bytes);
        (data, padding, dataLeft) = (frame, pad, frame.Length - pad - (isPadded ? 1 : 0));
        CountIdle(isProgress: dataLeft > 0);
        connection.Spend(frame.Length);
        if (connection.Enter(frame.Stream) is { } stream)
        {
            if (!stream.TrySpend(frame.Length))
            {
                connection.Leave(stream, isEnd: false);
                throw new Http2Exception(Http2Error.FlowControl, "the server sends more than the stream's window");
            }

            stream.Sink.Discarded(frame.Length - dataLeft);
            connection.Leave(stream, isEnd: false);
        }

        EndDataIfDone();
        return true;
    }

    private bool StepData()
    {
        var part = buffer.Unread[..Math.Min(buffer.Length, dataLeft)];
        if (connection.Enter(data.Stream) is { } stream)
        {
            Deliver(stream, part, part.Length);
            connection.Leave(stream, isEnd: false);
        }
        else
        {
            dataLeft -= part.Length;
        }

        buffer.Consume(part.Length);
        EndDataIfDone();
        return true;
    }

    private bool StepSkipped()
    {
        var count = Math.Min(buffer.Length, padding + skip);
        buffer.Consume(count);
        var ofPadding = Math.Min(count, padding);
        padding -= ofPadding;
        skip -= count - ofPadding;
        return true;
    }

    /// <summary>Gives the sink bytes, or says that they stand in its target.</summary>
    private void Deliver(Http2Stream stream, ReadOnlySpan<byte> part, int count)
    {
        dataLeft -= count;
        try
        {
            if (part.IsEmpty)
            {
                stream.Sink.Advance(count);
            }
            else
            {
                stream.Sink.Write(part);
            }
        }
        catch (RpcException refusal)
        {
            connection.Refuse(stream, refusal.Status);
        }
    }

    private void EndDataIfDone()
    {
        if (dataLeft == 0 && data.Flags.HasFlag(FrameFlags.EndStream))
        {
            var id = data.Stream;
            data = default;
            Call(id, isEnd: true, sink => sink.End());
        }
    }

    private void OnReset(int id, uint error)
    {
        var code = (Http2Error)error switch
        {
            Http2Error.RefusedStream => StatusCode.Unavailable,
            Http2Error.Cancel => StatusCode.Cancelled,
            Http2Error.EnhanceYourCalm => StatusCode.ResourceExhausted,
            Http2Error.InadequateSecurity => StatusCode.PermissionDenied,
            _ => StatusCode.Internal,
        };
        Call(id, isEnd: true, sink => sink.Fail(new Status(code, $"the server broke the stream off ({(Http2Error)error})")));
    }

    private void Call(int id, bool isEnd, Action<IStreamSink> call)
    {
        if (connection.Enter(id) is not { } stream)
        {
            return;
        }

        try
        {
            call(stream.Sink);
        }
        catch (RpcException refusal)
        {
            connection.Refuse(stream, refusal.Status);
            return;
        }

        connection.Leave(stream, isEnd);
    }

    private void CountIdle(bool isProgress)
    {
        idleFrames = isProgress ? 0 : idleFrames + 1;
        if (idleFrames > MaxIdleFrames)
        {
            throw new Http2Exception(Http2Error.EnhanceYourCalm, $"the server sends more than {MaxIdleFrames} frames without data");
        }
    }
}
