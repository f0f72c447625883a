using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Features.Benchmarks.Flight;

/// <summary>The baseline: bytes from memory over one loopback TCP connection, and nothing else. Says <c>ready PORT</c>; ends with its input.</summary>
internal static class RawCommand
{
    public const string Name = "flight-raw";

    // Larger than any cache, so that bytes come from memory as a data set's do.
    private const int SourceBytes = 256 << 20;
    private const int ChunkBytes = 256 << 10;

    public static async Task<int> RunAsync()
    {
        var source = GC.AllocateUninitializedArray<byte>(SourceBytes, pinned: true);
        source.AsSpan().Fill(0x5A);
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Console.WriteLine($"ready {((IPEndPoint)listener.LocalEndPoint!).Port}");
        _ = Task.Run(async () =>
        {
            while (true)
            {
                Serve(await listener.AcceptAsync(), source);
            }
        });
        while (await Console.In.ReadLineAsync() is not null)
        {
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(self.TotalProcessorTime.TotalSeconds);
        }

        return 0;
    }

    /// <summary>Reads so many bytes into one buffer.</summary>
    public static void Read(int port, long bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var request = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(request, bytes);
        socket.Send(request);
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes, pinned: true);
        while (bytes > 0)
        {
            var count = socket.Receive(buffer);
            bytes -= count > 0 ? count : throw new IOException("the server closed the connection");
        }
    }

    private static void Serve(Socket socket, byte[] source)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var request = new byte[8];
            socket.Receive(request);
            var left = BinaryPrimitives.ReadInt64LittleEndian(request);
            for (var at = 0; left > 0; at = (at + ChunkBytes) % SourceBytes)
            {
                left -= socket.Send(source.AsSpan(at, (int)Math.Min(ChunkBytes, left)));
            }
        }
    }
}
