using System.Net.Sockets;
using Features.Flight.Serving.DataPlane;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Features.Flight;

/// <summary>Kestrel as the data service wants it: large blocks and frames, and no haste with readers that pause.</summary>
public static class FlightKestrel
{
    private const int FrameBytes = 1 << 20;
    private const int OutputBytes = 1 << 20;
    private const int SendBufferBytes = 512 << 10;
    private const int WindowBytes = 4 << 20;

    // DoGet streams have limits of their own (FlightOptions), which say what to do; this one, of HTTP/2, lets calls wait unseen.
    private const int MaxCallsPerConnection = 1024;

    /// <summary>
    /// Tunes the whole server. Every endpoint of the application then takes memory in blocks of 256 KiB (one while a request is read, one while an answer is
    /// written; none while a connection is idle) and none ends a response for being read slowly, since a training job may pause for a
    /// validation: serve other things, most of all to strangers, from an application of their own.
    /// </summary>
    public static IWebHostBuilder UseFlightKestrel(this IWebHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host
            .ConfigureServices(services =>
            {
                services.AddSingleton<BlockPool>();
                services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>>(provider => provider.GetRequiredService<BlockPool>()));
                services.Configure<SocketTransportOptions>(sockets =>
                {
                    sockets.MaxWriteBufferSize = OutputBytes;
                    sockets.CreateBoundListenSocket = FlightSocket.Bind;
                });
            })
            .ConfigureKestrel(kestrel =>
            {
                var limits = kestrel.Limits;
                limits.MaxResponseBufferSize = OutputBytes;
                limits.MinResponseDataRate = null;
                limits.Http2.MaxFrameSize = FrameBytes;
                limits.Http2.InitialStreamWindowSize = WindowBytes;
                limits.Http2.InitialConnectionWindowSize = 2 * WindowBytes;
                limits.Http2.MaxStreamsPerConnection = MaxCallsPerConnection;
            });
    }

    /// <summary>Has an endpoint speak Flight: HTTP/2, with or without TLS, over sockets that notice a peer that is gone.</summary>
    public static ListenOptions UseFlight(this ListenOptions endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        endpoint.Protocols = HttpProtocols.Http2;
        endpoint.Use(next => connection =>
        {
            if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
            {
                Tune(socket);
            }

            return next(connection);
        });
        return endpoint;
    }

    /// <summary>
    /// Listens on a Unix domain socket, as its owner's alone. What a service that was killed left there is removed; a socket that is served, or a
    /// file that is no socket, is not.
    /// </summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="path">The socket's file; made absolute. Its folder must exist.</param>
    /// <param name="configure">What else the endpoint has; null for nothing.</param>
    /// <exception cref="ArgumentException">The path is longer than the system takes.</exception>
    public static void ListenFlightSocket(this KestrelServerOptions kestrel, string path, Action<ListenOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.ListenUnixSocket(FlightSocket.PathOf(path), endpoint =>
        {
            endpoint.UseFlight();
            configure?.Invoke(endpoint);
        });
    }

    // HTTP/2's own pings would queue behind the data that a paused reader does not take, and end it; the kernel's probes do not.
    private static void Tune(Socket socket)
    {
        socket.SendBufferSize = SendBufferBytes;
        if (socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
        }
    }
}
