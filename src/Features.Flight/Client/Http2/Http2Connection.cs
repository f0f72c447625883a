using System.Buffers.Binary;
using Features.Flight.Client.Hpack;
using Grpc.Core;

namespace Features.Flight.Client.Http2;

/// <summary>
/// A client's side of an HTTP/2 connection (RFC 9113) that carries one stream at a time, and receives its body straight into the memory that the
/// stream's sink names. It always reads, so that the server's pings and goodbyes are answered whatever the consumer's pace; the stream's window bounds what can come.
/// </summary>
internal sealed class Http2Connection : IAsyncDisposable
{
    /// <summary>The largest frame that is accepted.</summary>
    public const int MaxFrameBytes = 1 << 20;

    private const int MaxWindow = int.MaxValue;
    private const int DefaultWindow = 65_535;
    private const int WindowRefill = 1 << 30;
    private static readonly TimeSpan CancelGrace = TimeSpan.FromSeconds(2);

    private readonly Stream transport;
    private readonly TimeProvider clock;
    private readonly int initialWindow;
    private readonly FrameWriter writer;
    private readonly HpackEncoder encoder = new();
    private readonly FrameReceiver receiver;
    private readonly Lock gate = new();
    private readonly PeerSettings peer = new();
    private Task receiving = Task.CompletedTask;
    private Http2Stream? current;
    private long sendWindow = DefaultWindow;
    private long unreturned;
    private int lastId = -1;
    private bool isLeaving;
    private bool isClosed;

    private Http2Connection(Stream transport, int initialWindow, TimeProvider clock)
    {
        (this.transport, this.initialWindow, this.clock) = (transport, initialWindow, clock);
        writer = new FrameWriter(transport);
        receiver = new FrameReceiver(transport, this);
    }

    /// <summary>Whether a further stream can be opened.</summary>
    public bool IsUsable
    {
        get
        {
            lock (gate)
            {
                return !isLeaving && !isClosed && current is null && lastId < int.MaxValue - 2;
            }
        }
    }

    /// <summary>Begins to speak HTTP/2 over a transport, which the connection then owns.</summary>
    /// <param name="transport">A connected byte stream.</param>
    /// <param name="initialWindow">Bytes that the server may send on a new stream before more are granted.</param>
    /// <param name="clock">The clock of the grace that a cancelled stream is given.</param>
    public static Http2Connection Start(Stream transport, int initialWindow, TimeProvider clock)
    {
        var connection = new Http2Connection(transport, initialWindow, clock);
        connection.writer.Raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        connection.writer.Append(FrameType.Settings, FrameFlags.None, 0, Settings(
            (SettingKey.HeaderTableSize, 0), (SettingKey.EnablePush, 0), (SettingKey.InitialWindowSize, initialWindow), (SettingKey.MaxFrameSize, MaxFrameBytes), (SettingKey.MaxHeaderListSize, HeaderBlock.MaxBytes)));
        connection.writer.WindowUpdate(0, MaxWindow - DefaultWindow);

        // Reads that block have a thread of their own.
        connection.receiving = transport is SocketStream
            ? Task.Factory.StartNew(connection.RunAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()
            : connection.RunAsync();
        return connection;
    }

    /// <summary>Sends a request whose response goes to a sink.</summary>
    /// <returns>The stream; null if the connection can carry none any more, and nothing was sent.</returns>
    public Http2Stream? Open(IEnumerable<Header> headers, ReadOnlyMemory<byte> body, IStreamSink sink)
    {
        lock (gate)
        {
            if (!IsUsable)
            {
                return null;
            }

            lastId = lastId < 0 ? 1 : lastId + 2;
            current = new Http2Stream(lastId, sink, body, peer.InitialWindow, initialWindow);
            sink.Opened(this, current);
            SendHeaders(encoder.Encode(headers));
            SendRequest();
            return current;
        }
    }

    /// <summary>Lets the server send more on a stream.</summary>
    public void Grant(Http2Stream stream, int bytes)
    {
        stream.Grant(bytes);
        writer.WindowUpdate(stream.Id, bytes);
    }

    /// <summary>Ends a stream at once; when it returns its sink is not called any more, and its memory is its own.</summary>
    public async ValueTask CancelAsync(Http2Stream stream)
    {
        lock (gate)
        {
            if (!stream.IsCancelled && !isClosed && ReferenceEquals(current, stream))
            {
                writer.ResetStream(stream.Id, Http2Error.Cancel);
            }

            Release(stream);
        }

        try
        {
            // Usually done: the rest of a frame that is on its way into the sink's memory is waited for.
            await stream.Detached.WaitAsync(CancelGrace, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            isClosed = true;
        }

        writer.GoAway(Http2Error.None);
        await transport.DisposeAsync().ConfigureAwait(false);
        await receiving.ConfigureAwait(false);
    }

    /// <summary>The stream of an id, for one call of its sink; null if it is done with, and what came is to be dropped.</summary>
    internal Http2Stream? Enter(int id)
    {
        lock (gate)
        {
            if (id > lastId || id % 2 == 0)
            {
                throw new Http2Exception(Http2Error.Protocol, $"the server sends on stream {id}, which was never opened");
            }

            if (current is not { IsCancelled: false } stream || stream.Id != id)
            {
                return null;
            }

            stream.IsBusy = true;
            return stream;
        }
    }

    /// <summary>The sink's call is over.</summary>
    /// <param name="stream">The stream that was entered.</param>
    /// <param name="isEnd">Nothing more comes for it.</param>
    internal void Leave(Http2Stream stream, bool isEnd)
    {
        lock (gate)
        {
            stream.IsBusy = false;
            if (isEnd || stream.IsCancelled)
            {
                Release(stream);
            }
        }
    }

    /// <summary>Ends a stream whose sink refused what came.</summary>
    internal void Refuse(Http2Stream stream, Status status)
    {
        writer.ResetStream(stream.Id, Http2Error.Cancel);
        stream.Sink.Fail(status);
        Leave(stream, isEnd: true);
    }

    /// <summary>Counts what came against the connection's window, and gives it back in large parts.</summary>
    internal void Spend(int bytes)
    {
        unreturned += bytes;
        if (unreturned > MaxWindow)
        {
            throw new Http2Exception(Http2Error.FlowControl, "the server sends more than the connection's window");
        }

        if (unreturned >= WindowRefill)
        {
            writer.WindowUpdate(0, (int)unreturned);
            unreturned = 0;
        }
    }

    internal void OnSettings(ReadOnlySpan<byte> payload)
    {
        lock (gate)
        {
            var before = peer.InitialWindow;
            peer.Apply(payload);
            if (current is not null)
            {
                current.SendWindow += peer.InitialWindow - before;
            }

            writer.Answer(FrameType.Settings, FrameFlags.Acknowledgement, 0, default);
            SendRequest();
        }
    }

    internal void OnPing(ReadOnlySpan<byte> payload) => writer.Answer(FrameType.Ping, FrameFlags.Acknowledgement, 0, payload);

    internal void OnWindowUpdate(int id, int increment)
    {
        lock (gate)
        {
            if (increment == 0)
            {
                throw new Http2Exception(Http2Error.Protocol, "the server widens a window by nothing");
            }

            if (id == 0)
            {
                sendWindow += increment;
            }
            else if (current?.Id == id)
            {
                current.SendWindow += increment;
            }

            if (Math.Max(sendWindow, current?.SendWindow ?? 0) > MaxWindow)
            {
                throw new Http2Exception(Http2Error.FlowControl, "the server widens a window past 2^31 - 1");
            }

            SendRequest();
        }
    }

    /// <summary>The server takes no further streams; those after the last that it names were never begun.</summary>
    internal void OnGoAway(int last, uint error)
    {
        Http2Stream? lost;
        lock (gate)
        {
            isLeaving = true;
            lost = current?.Id > last ? current : null;
        }

        if (lost is not null && Enter(lost.Id) is { } stream)
        {
            var status = (Http2Error)error == Http2Error.EnhanceYourCalm ? StatusCode.ResourceExhausted : StatusCode.Unavailable;
            stream.Sink.Fail(new Status(status, $"the server is going away ({(Http2Error)error})"));
            Leave(stream, isEnd: true);
        }
    }

    private static byte[] Settings(params ReadOnlySpan<(SettingKey Key, int Value)> settings)
    {
        var payload = new byte[settings.Length * 6];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), (ushort)settings[i].Key);
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan((i * 6) + 2), settings[i].Value);
        }

        return payload;
    }

    private async Task RunAsync()
    {
        var status = new Status(StatusCode.Unavailable, "the connection was closed");
        try
        {
            await receiver.RunAsync().ConfigureAwait(false);
        }
        catch (Http2Exception fault)
        {
            writer.GoAway(fault.Error);
            status = new Status(StatusCode.Internal, fault.Message);
        }
        catch (HpackException fault)
        {
            writer.GoAway(Http2Error.Compression);
            status = new Status(StatusCode.Internal, fault.Message);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException)
        {
            status = new Status(StatusCode.Unavailable, "the connection broke off: " + fault.Message, fault);
        }
        catch (Exception fault)
        {
            // Nobody would ever hear of it else, and the stream's reader would wait for ever.
            status = new Status(StatusCode.Internal, "the client failed: " + fault.Message, fault);
        }

        Http2Stream? lost;
        lock (gate)
        {
            isClosed = true;
            lost = current;
        }

        if (lost is not null)
        {
            Enter(lost.Id)?.Sink.Fail(status);
            Leave(lost, isEnd: true);
        }

        await transport.DisposeAsync().ConfigureAwait(false);
    }

    // Under the lock.
    private void Release(Http2Stream stream)
    {
        stream.IsCancelled = true;
        if (!stream.IsBusy)
        {
            stream.Detach();
            if (ReferenceEquals(current, stream))
            {
                current = null;
            }
        }
    }

    // Under the lock.
    private void SendHeaders(byte[] block)
    {
        var first = block.AsSpan(0, Math.Min(block.Length, peer.MaxFrameBytes));
        var rest = block.AsSpan(first.Length);
        writer.Append(FrameType.Headers, rest.IsEmpty ? FrameFlags.EndHeaders : FrameFlags.None, lastId, first);
        while (!rest.IsEmpty)
        {
            var part = rest[..Math.Min(rest.Length, peer.MaxFrameBytes)];
            rest = rest[part.Length..];
            writer.Append(FrameType.Continuation, rest.IsEmpty ? FrameFlags.EndHeaders : FrameFlags.None, lastId, part);
        }
    }

    // Under the lock: what the server's windows allow of the request's body.
    private void SendRequest()
    {
        while (current is { IsCancelled: false, Request.Length: > 0 } stream)
        {
            var count = (int)Math.Min(Math.Min(stream.Request.Length, peer.MaxFrameBytes), Math.Min(sendWindow, stream.SendWindow));
            if (count <= 0)
            {
                break;
            }

            var isLast = count == stream.Request.Length;
            writer.Append(FrameType.Data, isLast ? FrameFlags.EndStream : FrameFlags.None, stream.Id, stream.Request.Span[..count]);
            stream.Request = stream.Request[count..];
            stream.SendWindow -= count;
            sendWindow -= count;
        }

        writer.Flush();
    }
}
