using System.Net;
using Features.Server.Workspaces;

namespace Features.Server.Hosting;

/// <summary>Where a host listens; port 0 takes any free one.</summary>
/// <param name="Events">Where events are received (HTTP/1.1).</param>
/// <param name="Flight">Where training jobs connect (HTTP/2 without TLS).</param>
public sealed record FeaturesHostOptions(IPEndPoint Events, IPEndPoint Flight)
{
    /// <summary>Free ports of this machine alone; features are not served.</summary>
    public static FeaturesHostOptions AnyPort { get; } = new(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Where features are asked for (HTTP/1.1); null for not at all.</summary>
    public IPEndPoint? Online { get; init; }

    /// <summary>The Unix domain socket at which jobs of this machine connect too, relative to the workspace; null for none.</summary>
    public string? FlightSocket { get; init; }

    /// <summary>Where a page in Prometheus' format is served (HTTP/1.1); null for nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Whether warnings and failed batches are written to standard error. Default: they are.</summary>
    public bool Logs { get; init; } = true;

    /// <summary>As the workspace says, unless an address is given (<c>http://host:port</c>, <c>grpc://host:port</c>; null for the workspace's).</summary>
    /// <exception cref="WorkspaceException">An address cannot be listened on.</exception>
    public static FeaturesHostOptions From(WorkspaceConfig config, string? events, string? flight, string? online = null) =>
        new(EndPoint(events ?? config.Functions.Listen), EndPoint(flight ?? config.Flight.Listen))
        {
            Online = EndPoint(online ?? config.Online.Listen),
            FlightSocket = config.Flight.Socket,
            Metrics = config.Telemetry.Prometheus is { } page ? EndPoint(page) : null,
        };

    private static IPEndPoint EndPoint(string address)
    {
        var host = Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri.Host : "";
        return host switch
        {
            "localhost" => new IPEndPoint(IPAddress.Loopback, uri!.Port),
            _ when uri is not null && uri.Port >= 0 && IPAddress.TryParse(host.Trim('[', ']'), out var ip) => new IPEndPoint(ip, uri.Port),
            _ => throw new WorkspaceException("listen", $"'{address}' cannot be listened on; write SCHEME://IP:PORT, such as http://127.0.0.1:7070 or grpc://0.0.0.0:7071"),
        };
    }
}
