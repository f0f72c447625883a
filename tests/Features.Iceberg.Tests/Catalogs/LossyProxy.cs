using System.Net.Sockets;
using System.Text;

namespace Features.Iceberg.Catalogs;

/// <summary>Stands between PostgreSQL and its clients, and can lose an answer: the server has done what it was asked, and the client never learns.</summary>
internal sealed class LossyProxy : IAsyncDisposable
{
    private const string SocketName = ".s.PGSQL.5432";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pgx-");
    private readonly CancellationTokenSource stop = new();
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string server;
    private readonly Task accepting;
    private string? marker;

    /// <param name="server">The folder of the server's socket.</param>
    public LossyProxy(string server)
    {
        this.server = server;
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(Host, SocketName)));
        listener.Listen();
        accepting = AcceptAsync();
    }

    /// <summary>The folder of its socket: the host of a connection string.</summary>
    public string Host => folder.FullName;

    /// <summary>Loses the answer to the next message that contains the text, once.</summary>
    public void LoseAnswerTo(string text) => Volatile.Write(ref marker, text);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            running.Add(RelayAsync(await listener.AcceptAsync(stop.Token)));
        }

        await Task.WhenAll(running);
    }

    private async Task RelayAsync(Socket client)
    {
        using (client)
        {
            using var upstream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await upstream.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(server, SocketName)), stop.Token);
            var loses = new TaskCompletionSource();
            var up = PumpAsync(client, upstream, data =>
            {
                if (Volatile.Read(ref marker) is { } text && Encoding.UTF8.GetString(data.Span).Contains(text, StringComparison.Ordinal))
                {
                    Volatile.Write(ref marker, null);
                    loses.TrySetResult();
                }

                return true;
            });
            var down = PumpAsync(upstream, client, _ => !loses.Task.IsCompleted);
            await Task.WhenAny(up, down);
        }
    }

    /// <summary>Carries bytes until an end closes or, before it is passed on, a message is not let through.</summary>
    private async Task PumpAsync(Socket from, Socket to, Func<Memory<byte>, bool> passes)
    {
        var buffer = new byte[64 << 10];
        try
        {
            for (var read = await from.ReceiveAsync(buffer, stop.Token); read > 0; read = await from.ReceiveAsync(buffer, stop.Token))
            {
                if (!passes(buffer.AsMemory(0, read)))
                {
                    return;
                }

                await to.SendAsync(buffer.AsMemory(0, read), stop.Token);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end is gone, and so will this one be.
        }
    }
}
