using System.Net;
using System.Net.Sockets;

namespace Features.Iceberg.Storage;

/// <summary>
/// Hosts that a location or an endpoint which others chose must not lead to: this machine, its network, and the address under which clouds hand out a machine's credentials. Told by
/// the text alone; a public name that resolves to a private address is the network's to block.
/// </summary>
public static class PrivateHost
{
    /// <summary>Why a host (with or without a port) is refused; null if it is not.</summary>
    public static string? FaultOf(string authority)
    {
        if (!Uri.TryCreate($"http://{authority}/", UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.AbsolutePath != "/")
        {
            return "its host is not written plainly";
        }

        // The parser turns 2130706433, 0x7f.1 and 0177.0.0.1 into the address that they mean.
        var host = uri.DnsSafeHost.TrimEnd('.').ToLowerInvariant();
        var isPrivate = IPAddress.TryParse(host, out var address)
            ? IsPrivate(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
            : !host.Contains('.', StringComparison.Ordinal) || host.EndsWith(".localhost", StringComparison.Ordinal) || host.EndsWith(".local", StringComparison.Ordinal)
                || host.EndsWith(".internal", StringComparison.Ordinal);
        return isPrivate ? $"'{authority}' is a host of this machine or its network" : null;
    }

    private static bool IsPrivate(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return IPAddress.IsLoopback(address) || address.Equals(IPAddress.IPv6Any) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast;
        }

        var bytes = address.GetAddressBytes();
        return bytes[0] is 0 or 10 or 127 or >= 224
            || (bytes[0] == 100 && bytes[1] is >= 64 and < 128)
            || (bytes[0] == 169 && bytes[1] == 254)
            || (bytes[0] == 172 && bytes[1] is >= 16 and < 32)
            || (bytes[0] == 192 && bytes[1] == 168);
    }
}
