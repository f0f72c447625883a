using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Features.Flight.Serving.DataPlane;

namespace Features.Flight.Tests.Serving.DataPlane;

/// <summary>
/// A client that asks for a stream over HTTP/2 with the largest windows there are, and never reads its socket: what the service does not hold back
/// fills every buffer on the way.
/// </summary>
internal sealed class StalledReader : IDisposable
{
    private const int MaxWindow = int.MaxValue;
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 << 10 };

    public static async Task<StalledReader> StartAsync(Uri address, byte[] request)
    {
        var reader = new StalledReader();
        await reader.socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);

        // RFC 9113: the preface, SETTINGS (header table 0, initial window, frame size), WINDOW_UPDATE of the connection, HEADERS, DATA.
        var bytes = new List<byte>("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        bytes.AddRange(Frame(type: 4, flags: 0, stream: 0, [.. Setting(1, 0), .. Setting(4, MaxWindow), .. Setting(5, 1 << 20)]));
        bytes.AddRange(Frame(type: 8, flags: 0, stream: 0, Number(MaxWindow - 65535)));
        bytes.AddRange(Frame(type: 1, flags: 4, stream: 1,
        [
            .. Header(":method", "POST"), .. Header(":scheme", "http"), .. Header(":path", DoGetEndpoint.Path), .. Header(":authority", address.Authority),
            .. Header("content-type", "application/grpc"), .. Header("te", "trailers"),
        ]));
        bytes.AddRange(Frame(type: 0, flags: 1, stream: 1, request));
        await reader.socket.SendAsync(bytes.ToArray(), TestContext.Current.CancellationToken);
        return reader;
    }

    public void Dispose() => socket.Dispose();

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload) =>
        [.. Number(payload.Length).AsSpan(1), type, flags, .. Number(stream), .. payload];

    private static byte[] Setting(byte id, int value) => [0, id, .. Number(value)];

    // RFC 7541, 6.2.2: a literal without indexing, with a new name; all of these are shorter than 127 bytes.
    private static byte[] Header(string name, string value) => [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
