namespace Features.Flight.Client.Http2;

/// <summary>An address of the service as this client reaches it.</summary>
/// <param name="Transport">How it is reached.</param>
/// <param name="Host">The host; of a Unix socket <c>localhost</c>.</param>
/// <param name="Port">The port; of a Unix socket 0.</param>
/// <param name="Path">The Unix socket's path; null for the others.</param>
internal sealed record ServiceAddress(ServiceTransport Transport, string Host, int Port, string? Path)
{
    public string Authority => Transport == ServiceTransport.Unix ? Host : $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>The address as an HTTP client wants it.</summary>
    public Uri Http => new($"{(Transport == ServiceTransport.Tls ? "https" : "http")}://{Authority}");

    /// <exception cref="ArgumentException">The address has a scheme that is not served.</exception>
    public static ServiceAddress Parse(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var host = address.IdnHost;
        return address.Scheme switch
        {
            "grpc" or "grpc+tcp" or "http" => new(ServiceTransport.Tcp, host, address.Port > 0 ? address.Port : 80, null),
            "grpc+tls" or "https" => new(ServiceTransport.Tls, host, address.Port > 0 ? address.Port : 443, null),
            "grpc+unix" or "unix" when address.LocalPath.Length > 1 => new(ServiceTransport.Unix, "localhost", 0, address.LocalPath),
            _ => throw new ArgumentException($"the address '{address}' has the scheme '{address.Scheme}'; use grpc+tcp://host:port, grpc+tls://host:port or grpc+unix:///path", nameof(address)),
        };
    }
}
