using Features.Flight.Client.Hpack;

namespace Features.Flight.Client.Http2;

/// <summary>Connections by address. Each carries one stream at a time; those at rest are used again.</summary>
internal sealed class ConnectionPool(Dialer dialer, int initialWindow, TimeProvider clock) : IDisposable
{
    private const int MaxIdle = 4;

    private readonly Lock gate = new();
    private readonly Dictionary<ServiceAddress, Stack<Http2Connection>> idle = [];
    private bool isDisposed;

    /// <summary>Opens a stream on a connection that is at rest, or a new one.</summary>
    /// <exception cref="Grpc.Core.RpcException">The service cannot be reached.</exception>
    public async Task<Http2Connection> OpenAsync(ServiceAddress address, IReadOnlyList<Header> headers, ReadOnlyMemory<byte> body, IStreamSink sink, CancellationToken cancellationToken)
    {
        while (Take(address) is { } known)
        {
            if (known.Open(headers, body, sink) is not null)
            {
                return known;
            }

            await known.DisposeAsync().ConfigureAwait(false);
        }

        var transport = await dialer.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        var connection = Http2Connection.Start(transport, initialWindow, clock);
        if (connection.Open(headers, body, sink) is null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Unavailable, "the server closed the connection"));
        }

        return connection;
    }

    /// <summary>Takes a connection back whose stream is done.</summary>
    public void Return(ServiceAddress address, Http2Connection connection)
    {
        lock (gate)
        {
            if (!isDisposed && connection.IsUsable)
            {
                if (!idle.TryGetValue(address, out var connections))
                {
                    idle.Add(address, connections = new Stack<Http2Connection>());
                }

                if (connections.Count < MaxIdle)
                {
                    connections.Push(connection);
                    return;
                }
            }
        }

        _ = connection.DisposeAsync().AsTask();
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            foreach (var connection in idle.Values.SelectMany(connections => connections))
            {
                _ = connection.DisposeAsync().AsTask();
            }

            idle.Clear();
        }
    }

    private Http2Connection? Take(ServiceAddress address)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            return idle.TryGetValue(address, out var connections) && connections.TryPop(out var connection) ? connection : null;
        }
    }
}
