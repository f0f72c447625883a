using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Features.Flight.Client.Hpack;
using Features.Flight.Client.Http2;

namespace Features.Flight.Tests.Client.Http2;

/// <summary>An HTTP/2 server that says exactly what a test wants it to say, right or wrong. One connection a script.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task serving;

    public ScriptedServer(params Func<ScriptedConnection, Task>[] scripts)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        serving = ServeAsync(scripts);
    }

    public Uri Address => new($"grpc+tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}");

    /// <summary>Waits for the scripts; throws what they threw.</summary>
    public Task DoneAsync() => serving;

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ServeAsync(Func<ScriptedConnection, Task>[] scripts)
    {
        foreach (var script in scripts)
        {
            using var socket = await listener.AcceptAsync();
            socket.NoDelay = true;
            using var connection = new ScriptedConnection(new NetworkStream(socket));
            await connection.GreetAsync();
            await script(connection);
        }
    }
}

/// <summary>The server's side of one connection.</summary>
internal sealed class ScriptedConnection(Stream stream) : IDisposable
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private readonly PipeReader input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
    private readonly HpackDecoder decoder = new(1 << 20);

    /// <summary>The client's settings.</summary>
    public Dictionary<SettingKey, int> Settings { get; } = [];

    public async Task GreetAsync()
    {
        Assert.Equal(Preface, Encoding.ASCII.GetString(await ReadAsync(Preface.Length)));
        var (frame, payload) = await ReadFrameAsync();
        Assert.Equal((FrameType.Settings, 0), (frame.Type, frame.Stream));
        for (var i = 0; i < payload.Length; i += 6)
        {
            Settings[(SettingKey)BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(i))] = BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(i + 2));
        }
    }

    /// <summary>Says the server's settings and reads up to the end of the client's next request.</summary>
    public async Task<(int Stream, List<Header> Headers, byte[] Body)> RequestAsync(bool greet = true)
    {
        if (greet)
        {
            await SendAsync(FrameType.Settings, FrameFlags.None, 0, []);
        }

        List<Header> headers = [];
        var body = new List<byte>();
        while (true)
        {
            var (frame, payload) = await ReadFrameAsync();
            if (frame.Type == FrameType.Headers)
            {
                Assert.True(frame.Flags.HasFlag(FrameFlags.EndHeaders));
                headers = decoder.Decode(payload);
            }
            else if (frame.Type == FrameType.Data)
            {
                body.AddRange(payload);
                if (frame.Flags.HasFlag(FrameFlags.EndStream))
                {
                    return (frame.Stream, headers, [.. body]);
                }
            }
        }
    }

    /// <summary>Reads until a frame of a kind comes.</summary>
    public async Task<(FrameHeader Frame, byte[] Payload)> WaitForAsync(FrameType type, FrameFlags flags = FrameFlags.None)
    {
        while (true)
        {
            var (frame, payload) = await ReadFrameAsync();
            if (frame.Type == type && frame.Flags.HasFlag(flags))
            {
                return (frame, payload);
            }
        }
    }

    /// <summary>Reads until the client closes the connection; the last frame's type and payload.</summary>
    public async Task<(FrameHeader Frame, byte[] Payload)> UntilClosedAsync()
    {
        var last = (default(FrameHeader), System.Array.Empty<byte>());
        try
        {
            while (true)
            {
                last = await ReadFrameAsync();
            }
        }
        catch (Exception fault) when (fault is IOException or EndOfStreamException)
        {
            return last;
        }
    }

    public async Task BeginAsync(int id) => await SendAsync(FrameType.Headers, FrameFlags.EndHeaders, id, new HpackEncoder().Encode([new(":status", "200"), new("content-type", "application/grpc")]));

    public async Task DataAsync(int id, byte[] payload, FrameFlags flags = FrameFlags.None) => await SendAsync(FrameType.Data, flags, id, payload);

    public async Task EndAsync(int id, string status = "0", string message = "") => await SendAsync(
        FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, id, new HpackEncoder().Encode([new("grpc-status", status), new("grpc-message", message)]));

    public async Task SendAsync(FrameType type, FrameFlags flags, int id, byte[] payload) => await RawAsync(Frame(type, flags, id, payload));

    public async Task RawAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await stream.FlushAsync(TestContext.Current.CancellationToken);
    }

    public static byte[] Frame(FrameType type, FrameFlags flags, int id, byte[] payload)
    {
        var frame = new byte[FrameHeader.Bytes + payload.Length];
        new FrameHeader(payload.Length, type, flags, id).Write(frame);
        payload.CopyTo(frame, FrameHeader.Bytes);
        return frame;
    }

    public void Dispose()
    {
        input.Complete();
        stream.Dispose();
    }

    public async Task<(FrameHeader Frame, byte[] Payload)> ReadFrameAsync()
    {
        var frame = FrameHeader.Read(await ReadAsync(FrameHeader.Bytes));
        return (frame, await ReadAsync(frame.Length));
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        if (count == 0)
        {
            return [];
        }

        var read = await input.ReadAtLeastAsync(count, TestContext.Current.CancellationToken);
        if (read.Buffer.Length < count)
        {
            throw new EndOfStreamException();
        }

        var bytes = new byte[count];
        System.Buffers.BuffersExtensions.CopyTo(read.Buffer.Slice(0, count), bytes);
        input.AdvanceTo(read.Buffer.GetPosition(count));
        return bytes;
    }
}
