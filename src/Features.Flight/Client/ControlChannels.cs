using System.Net.Sockets;
using Features.Flight.Client.Http2;
using Features.Flight.Protocol;
using Grpc.Net.Client;

namespace Features.Flight.Client;

/// <summary>The gRPC channels over which everything but rows goes, one for each address.</summary>
internal sealed class ControlChannels(Dialer dialer) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<ServiceAddress, GrpcChannel> channels = [];

    public FlightService.FlightServiceClient To(Uri location)
    {
        var address = ServiceAddress.Parse(location);
        lock (gate)
        {
            if (!channels.TryGetValue(address, out var channel))
            {
                channel = GrpcChannel.ForAddress(address.Http, new GrpcChannelOptions
                {
                    MaxReceiveMessageSize = null,
                    HttpHandler = new SocketsHttpHandler
                    {
                        EnableMultipleHttp2Connections = true,
                        SslOptions = dialer.Tls(host: null),
                        ConnectCallback = async (_, cancellationToken) => new NetworkStream(await Dialer.ConnectSocketAsync(address, cancellationToken).ConfigureAwait(false), ownsSocket: true),
                    },
                    DisposeHttpClient = true,
                });
                channels.Add(address, channel);
            }

            return new FlightService.FlightServiceClient(channel);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var channel in channels.Values)
            {
                channel.Dispose();
            }

            channels.Clear();
        }
    }
}
