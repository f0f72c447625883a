using System.Net;
using Features.Server.Workspaces;

namespace Features.Cli.Commands.Fetching;

/// <summary>Where a workspace's own Flight service is reached from the machine that it runs on.</summary>
internal static class FlightAddress
{
    /// <summary>What it listens on, with TLS where it has a certificate; on every address of the machine, this machine's own.</summary>
    public static string Of(FlightConfig flight)
    {
        if (!Uri.TryCreate(flight.Listen, UriKind.Absolute, out var listen))
        {
            return flight.Listen;
        }

        var host = IPAddress.TryParse(listen.Host.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) ? "localhost" : listen.Host;
        return $"{(flight.Tls is null ? "grpc" : "grpc+tls")}://{host}:{listen.Port}";
    }
}
