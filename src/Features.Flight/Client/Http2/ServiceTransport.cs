namespace Features.Flight.Client.Http2;

/// <summary>How a service is reached.</summary>
internal enum ServiceTransport
{
    /// <summary>TCP in clear text.</summary>
    Tcp,

    /// <summary>TCP with TLS.</summary>
    Tls,

    /// <summary>A Unix domain socket.</summary>
    Unix,
}
