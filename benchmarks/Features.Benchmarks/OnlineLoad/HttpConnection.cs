using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Features.Benchmarks.OnlineLoad;

/// <summary>One kept-alive HTTP/1.1 connection, with as little of a client as can be, so that what is measured is the server.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket socket;
    private byte[] buffer = new byte[1 << 20];

    private HttpConnection(Socket socket) => this.socket = socket;

    public static async Task<HttpConnection> OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address.Host), address.Port), cancellationToken);
        return new HttpConnection(socket);
    }

    /// <summary>A request as bytes.</summary>
    public static byte[] Post(Uri address, string path, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        return [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }

    /// <summary>Sends a request and takes the whole answer; false if its status is not 200.</summary>
    public async Task<bool> AskAsync(byte[] request, CancellationToken cancellationToken)
    {
        await socket.SendAsync(request, cancellationToken);
        var read = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(read), cancellationToken);
            if (part == 0)
            {
                throw new IOException("the server closed the connection");
            }

            read += part;
            if (Ends(read, out var whole))
            {
                if (read != whole)
                {
                    throw new IOException($"the answer has {read} bytes, and announced {whole}");
                }

                return buffer.AsSpan("HTTP/1.1 ".Length, 3).SequenceEqual("200"u8);
            }

            if (whole > buffer.Length)
            {
                Array.Resize(ref buffer, whole);
            }
        }
    }

    /// <summary>The last answer's body.</summary>
    public string Body()
    {
        var text = Encoding.UTF8.GetString(buffer);
        var begin = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        return text[begin..(begin + Length(buffer.AsSpan(0, begin)))];
    }

    public void Dispose() => socket.Dispose();

    private bool Ends(int read, out int whole)
    {
        var head = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8);
        whole = head < 0 ? 0 : head + 4 + Length(buffer.AsSpan(0, head + 4));
        return head >= 0 && read >= whole;
    }

    private static int Length(ReadOnlySpan<byte> head)
    {
        var name = "\r\nContent-Length: "u8;
        var at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _) ? length : 0;
    }
}
